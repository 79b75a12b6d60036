#include <array>
#include <cstring>
#include <stdexcept>

#include "bench/micro/hde/guest.hpp"
#include "engine/hde/decoder.hpp"

namespace dwcp::bench {
namespace {

using hde::Codec;
using hde::testing::Content;

constexpr std::array zero{Content::zero};
constexpr std::array noise{Content::noise};
constexpr std::array mixed{Content::text, Content::pointers, Content::code};
constexpr auto everything = hde::testing::all_contents;

// Contents are taken as they lie: what a receiver does with them is not the decoder's cost.
class Discard final : public hde::PageSink {
 public:
  void page(const hde::PageKey&, Version, ByteSpan content) override { seen_ += content.size(); }
  void zero(const hde::PageKey&, Version) override { seen_ += hde::testing::page_length; }
  std::size_t seen() const { return seen_; }

 private:
  std::size_t seen_ = 0;
};

// Bases are read from the state that was sent before.
class Bases final : public hde::BaseSource {
 public:
  explicit Bases(Slice memory) : memory_(std::move(memory)) {}
  bool read(const hde::PageKey& key, MutableByteSpan content) override {
    std::memcpy(content.data(), memory_.bytes().data() + key.index.value * hde::testing::page_length, content.size());
    return true;
  }

 private:
  Slice memory_;
};

struct Batches {
  std::vector<Slice> list;
  double content_bytes = 0, wire_bytes = 0;
};

Batches encode_all(Sender& sender, const Slice& memory, Codec codec) {
  Batches batches;
  const Pass pass =
      sender.pass(memory, codec, [&](hde::Encoded& encoded) { batches.list.push_back(hde::testing::joined(encoded)); });
  batches.content_bytes = pass.bytes_in;
  batches.wire_bytes = pass.bytes_out;
  return batches;
}

void decode_all(hde::Decoder& decoder, const Batches& batches, Discard& sink, hde::BaseSource& bases) {
  for (const Slice& batch : batches.list) {
    const auto report = decoder.decode(batch, sink, bases);
    if (!report || !report->rejected.empty()) throw std::runtime_error("a batch of the bench did not decode");
  }
}

// Passes decode the batches of one memory, each with a decoder that has decoded those of `before` first.
std::function<Pass()> decode_passes(std::size_t bytes, Batches before, Batches batches, Slice base) {
  return [=] {
    hde::Decoder decoder{hde::DecoderConfig{}};
    if (!decoder.declare_block(0, bytes / hde::testing::page_length)) throw std::runtime_error("a block was refused");
    Discard sink;
    Bases bases(base);
    decode_all(decoder, before, sink, bases);
    Pass pass;
    const double begin = thread_seconds();
    decode_all(decoder, batches, sink, bases);
    pass.seconds = thread_seconds() - begin;
    pass.bytes_in = batches.content_bytes;
    pass.bytes_out = batches.wire_bytes;
    return pass;
  };
}

template <std::size_t n>
Case full(std::string name, double goal, const std::array<Content, n>& kinds, Codec codec) {
  return {std::move(name), goal, "", [&kinds, codec](std::size_t bytes) {
            Sender sender(hde::EncoderConfig{});
            const Slice memory = make_memory(bytes, kinds);
            return decode_passes(bytes, {}, encode_all(sender, memory, codec), memory);
          }};
}

Case delta(std::string name, double goal, Codec codec) {
  return {std::move(name), goal, "with the copy of the base and the checksum", [codec](std::size_t bytes) {
            hde::EncoderConfig config;
            config.delta_cache_budget = Bytes(2 * bytes);
            Sender sender(config);
            const Slice memory = make_memory(bytes, mixed);
            Batches before = encode_all(sender, memory, Codec::none);
            return decode_passes(bytes, std::move(before), encode_all(sender, dirtied(memory, mixed), codec), memory);
          }};
}

}  // namespace

std::vector<Case> decoder_cases() {
  return {
      full("decode/zero", 0, zero, Codec::none),    full("decode/raw", 6, noise, Codec::none),
      full("decode/lz4", 0, mixed, Codec::lz4),     full("decode/zstd1", 0, mixed, Codec::zstd1),
      full("decode/zstd3", 0, mixed, Codec::zstd3), full("decode/everything", 0.9, everything, Codec::zstd1),
      delta("decode/delta", 9, Codec::none),        delta("decode/delta_zstd1", 0, Codec::zstd1),
  };
}

}  // namespace dwcp::bench
