#include "tests/fuzz/hde/examples.hpp"

#include <algorithm>
#include <optional>

#include "engine/hde/encoder.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde::testing {
namespace {

constexpr std::size_t session_pages = 12, session_batch = 4, session_rounds = 2;

class Writer {
 public:
  Writer(Codec codec, std::uint64_t seed, std::span<const Content> kinds)
      : codec_(codec), memory_(session_pages, seed, kinds) {
    config_.window_budget = KiB(512);
    encoder_.emplace(config_);
    session_.shape = shape_careful | 3;
    // Every batch repeats some of the one before it, at another place.
    for (std::size_t i = session_batch; i < session_pages; i += 2)
      std::ranges::copy(memory_.page(i - session_batch).first(3600), memory_.page(i).subspan(200).begin());
  }
  Session write() {
    full_copy();
    for (std::size_t round = 0; round < session_rounds; ++round) {
      change(round);
      full_copy();
    }
    reject();
    const KeptWindow window = encoder_->kept_window();
    encoder_.emplace(config_, window);
    version_ = 0;
    add(Happening::next);
    full_copy();
    return std::move(session_);
  }

 private:
  void add(Happening what, ByteVector bytes = {}) { session_.steps.push_back({what, std::move(bytes)}); }
  void add(const Encoded& encoded) {
    const Slice whole = joined(encoded);
    add(Happening::patient, {whole.bytes().begin(), whole.bytes().end()});
  }
  // The first time, and every second one, the last two batches come in the wrong order.
  void full_copy() {
    ++version_;
    for (std::size_t first = 0; first < session_pages; first += session_batch) {
      const Slice input = memory_.copy(first, session_batch);
      const Encoded encoded =
          Encoder::encode(encoder_->plan(input, Memory::pages_of(input, first, Version(version_)), true), codec_);
      encoder_->acknowledge(encoded.id);
      add(encoded);
    }
    if (version_ % 2 == 1) std::swap(session_.steps.back(), session_.steps[session_.steps.size() - 2]);
    add(Happening::settle);
  }
  // Some pages get small changes, some become copies of others, one becomes zero.
  void change(std::size_t round) {
    for (std::size_t i = round; i < session_pages; i += 3) memory_.dirty(i);
    const std::size_t to = (round * 5 + 1) % session_pages, from = (round * 7 + 4) % session_pages;
    if (to != from) std::ranges::copy(memory_.page(from).first(4000), memory_.page(to).subspan(96).begin());
    std::ranges::fill(memory_.page((round * 11 + 2) % session_pages), std::byte{0});
  }
  // Pages of a batch that the receiver could not decode come in full.
  void reject() {
    for (std::size_t i = 0; i < session_batch; ++i) store_le(memory_.page(i).data() + 2000, version_ + i);
    ++version_;
    const Slice input = memory_.copy(0, session_batch);
    const Encoded encoded =
        Encoder::encode(encoder_->plan(input, Memory::pages_of(input, 0, Version(version_)), true), codec_);
    add(Happening::bases, {std::byte{2}});
    add(encoded);
    add(Happening::give_up);
    add(Happening::bases, {std::byte{0}});
    std::vector<PageVersion> rejected;
    for (std::size_t i = 0; i < session_batch; i += 2) rejected.push_back({{0, PageIndex(i)}, Version(version_)});
    Repair repair = encoder_->missing(rejected);
    encoder_->acknowledge(encoded.id);
    for (Plan& plan : repair.plans) {
      const Encoded again = Encoder::encode(std::move(plan), codec_);
      encoder_->acknowledge(again.id);
      add(again);
    }
  }

  const Codec codec_;
  Memory memory_;
  EncoderConfig config_;
  std::optional<Encoder> encoder_;
  std::uint64_t version_ = 0;
  Session session_;
};

}  // namespace

std::vector<Session> example_sessions() {
  std::vector<Session> all;
  std::uint64_t seed = 0;
  for (const Codec codec : {Codec::none, Codec::lz4, Codec::zstd3, Codec::zstd18}) {
    all.push_back(Writer(codec, ++seed, all_contents).write());
    all.push_back(Writer(codec, ++seed, compressible_contents).write());
  }
  return all;
}

}  // namespace dwcp::hde::testing
