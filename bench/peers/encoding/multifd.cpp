// QEMU's multifd with zstd, as its migration/multifd.h and the capability's documents describe it: channels that each
// have one zstd stream for the whole migration, packets of 512 KiB of pages, the stream flushed behind each packet.
// Not counted, in its favour: zero pages, which it names one by one, and what ends a round.
#include <algorithm>
#include <array>
#include <cstring>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/zstd_context.hpp"

namespace dwcp::bench {
namespace {

constexpr std::size_t channels = 8;
// A packet's header with the block's name, and the addresses of its pages, of which there is always room for all.
constexpr std::size_t packet_overhead = 320 + 8 * peer_batch_pages;

// The sending and the receiving end of one channel's stream.
class Channel {
 public:
  explicit Channel(int level) : encoder_(ZSTD_createCCtx()), decoder_(ZSTD_createDCtx()) {
    zstd_checked(ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, level));
  }

  // Returns the length of what is at the front of `out`. The pages are read where they lie.
  std::size_t encode(const Capture& capture, std::span<const std::uint64_t> pages, MutableByteSpan out) {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    for (std::size_t i = 0; i < pages.size(); ++i) {
      ZSTD_inBuffer from{capture.page(pages[i]).data(), page_size.value, 0};
      const bool last = i + 1 == pages.size();
      std::size_t left = 0;
      do {
        left = zstd_checked(ZSTD_compressStream2(encoder_.get(), &to, &from, last ? ZSTD_e_flush : ZSTD_e_continue));
      } while (from.pos < from.size || (last && left > 0));
    }
    return to.pos;
  }

  // True when `out` was filled exactly.
  bool decode(ByteSpan in, MutableByteSpan out) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (from.pos < from.size) {
      const std::size_t before = from.pos + to.pos;
      zstd_checked(ZSTD_decompressStream(decoder_.get(), &to, &from));
      if (from.pos + to.pos == before) return false;
    }
    return to.pos == to.size;
  }

 private:
  ZstdEncoder encoder_;
  ZstdDecoder decoder_;
};

class Multifd final : public Peer {
 public:
  explicit Multifd(int level)
      : channels_{Channel(level), Channel(level), Channel(level), Channel(level),
                  Channel(level), Channel(level), Channel(level), Channel(level)} {}

  Outcome run(const Round& round) override {
    ByteVector out(2 * ZSTD_compressBound(peer_batch_pages * page_size.value));
    ByteVector back(peer_batch_pages * page_size.value);
    Meter decoding;
    Outcome outcome;
    const double before = encoding_.seconds();
    for (std::size_t at = 0; at < round.non_zero.size(); at += peer_batch_pages) {
      const auto rest = std::span(round.non_zero).subspan(at);
      const auto pages = rest.first(std::min(rest.size(), peer_batch_pages));
      Channel& channel = channels_[packets_++ % channels];
      const std::size_t length = encoding_([&] { return channel.encode(*round.now, pages, out); });
      const MutableByteSpan into = MutableByteSpan(back).first(pages.size() * page_size.value);
      const bool whole = decoding([&] { return channel.decode(ByteSpan(out).first(length), into); });
      if (!whole || !std::ranges::equal(into, joined(*round.now, pages))) wrong("multifd");
      outcome.bytes += length + packet_overhead;
    }
    outcome.encode_seconds = encoding_.seconds() - before;
    outcome.decode_seconds = decoding.seconds();
    outcome.heap_peak = encoding_.heap_peak();
    return outcome;
  }

 private:
  std::array<Channel, channels> channels_;
  std::size_t packets_ = 0;
  Meter encoding_;  // its streams stay from round to round
};

}  // namespace

std::unique_ptr<Peer> make_multifd(int level) { return std::make_unique<Multifd>(level); }

}  // namespace dwcp::bench
