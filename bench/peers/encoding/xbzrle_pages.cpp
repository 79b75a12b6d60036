// Pages as QEMU's stream carries them with XBZRLE on, with a cache that holds everything that was sent before.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/xbzrle.hpp"

namespace dwcp::bench {
namespace {

// Address and flags; then of an encoded page a flag and its length, of a zero page a byte.
constexpr std::uint64_t page_header = 8, encoded_header = 3, zero_body = 1;

// The time is taken of many pages at once: a look at the clock is not free beside one.
class Stretch {
 public:
  Stretch(const Round& round, std::span<const std::uint64_t> pages) : round_(round), pages_(pages) {}

  void encode() {
    for (std::size_t i = 0; i < pages_.size(); ++i)
      lengths_[i] = xbzrle_encode(round_.before->page(pages_[i]), round_.now->page(pages_[i]), encoded_[i]);
  }
  void take_bases() {
    for (std::size_t i = 0; i < pages_.size(); ++i)
      std::ranges::copy(round_.before->page(pages_[i]), decoded_[i].begin());
  }
  bool decode() {
    bool well = true;
    for (std::size_t i = 0; i < pages_.size(); ++i)
      if (lengths_[i]) well &= xbzrle_decode(ByteSpan(encoded_[i]).first(*lengths_[i]), decoded_[i]);
    return well;
  }
  bool correct() const {
    for (std::size_t i = 0; i < pages_.size(); ++i)
      if (lengths_[i] && !std::ranges::equal(decoded_[i], round_.now->page(pages_[i]))) return false;
    return true;
  }
  std::uint64_t wire_bytes() const {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < pages_.size(); ++i)
      bytes += page_header + (lengths_[i] ? encoded_header + *lengths_[i] : page_size.value);
    return bytes;
  }

 private:
  using Page = std::array<std::byte, page_size.value>;
  const Round& round_;
  std::span<const std::uint64_t> pages_;
  std::vector<std::optional<std::size_t>> lengths_ = std::vector<std::optional<std::size_t>>(pages_.size());
  std::vector<Page> encoded_ = std::vector<Page>(pages_.size()), decoded_ = encoded_;
};

class Xbzrle final : public Peer {
 public:
  bool takes_full_copy() const override { return false; }

  Outcome run(const Round& round) override {
    Meter encoding, decoding;
    Outcome outcome;
    outcome.bytes = (round.pages.size() - round.non_zero.size()) * (page_header + zero_body);
    for (std::size_t at = 0; at < round.non_zero.size(); at += peer_batch_pages) {
      const auto rest = std::span(round.non_zero).subspan(at);
      Stretch stretch(round, rest.first(std::min(rest.size(), peer_batch_pages)));
      encoding([&] { stretch.encode(); });
      stretch.take_bases();
      const bool decoded = decoding([&] { return stretch.decode(); });
      if (!decoded || !stretch.correct()) wrong("xbzrle");
      outcome.bytes += stretch.wire_bytes();
    }
    outcome.encode_seconds = encoding.seconds();
    outcome.decode_seconds = decoding.seconds();
    outcome.heap_peak = round.before->bytes().size();  // its cache: all that was sent
    return outcome;
  }
};

}  // namespace

std::unique_ptr<Peer> make_xbzrle() { return std::make_unique<Xbzrle>(); }

}  // namespace dwcp::bench
