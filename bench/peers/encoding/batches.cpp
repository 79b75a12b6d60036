// Batches of 128 pages, each compressed on its own.
#include <lz4.h>

#include <algorithm>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/zstd_context.hpp"

namespace dwcp::bench {
namespace {

class Lz4 {
 public:
  static constexpr const char* name = "lz4";
  static std::size_t room(std::size_t in) { return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(in))); }
  std::size_t encode(ByteSpan in, MutableByteSpan out) const {
    return static_cast<std::size_t>(LZ4_compress_default(reinterpret_cast<const char*>(in.data()),
                                                         reinterpret_cast<char*>(out.data()),
                                                         static_cast<int>(in.size()), static_cast<int>(out.size())));
  }
  std::size_t decode(ByteSpan in, MutableByteSpan out) const {
    const int length =
        LZ4_decompress_safe(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                            static_cast<int>(in.size()), static_cast<int>(out.size()));
    return length < 0 ? 0 : static_cast<std::size_t>(length);
  }
};

class Zstd {
 public:
  static constexpr const char* name = "zstd";
  explicit Zstd(int level) : level_(level) {}
  static std::size_t room(std::size_t in) { return ZSTD_compressBound(in); }
  std::size_t encode(ByteSpan in, MutableByteSpan out) {
    if (!encoder_) encoder_.reset(ZSTD_createCCtx());
    return zstd_checked(ZSTD_compressCCtx(encoder_.get(), out.data(), out.size(), in.data(), in.size(), level_));
  }
  std::size_t decode(ByteSpan in, MutableByteSpan out) {
    return zstd_checked(ZSTD_decompressDCtx(decoder_.get(), out.data(), out.size(), in.data(), in.size()));
  }

 private:
  int level_;
  ZstdEncoder encoder_;
  ZstdDecoder decoder_{ZSTD_createDCtx()};
};

template <class Codec>
class Batches final : public Peer {
 public:
  // Of the batches a share of `sampled` is encoded, spread evenly.
  Batches(Codec codec, double sampled) : codec_(std::move(codec)), sampled_(sampled) {}

  Outcome run(const Round& round) override {
    ByteVector in(peer_batch_pages * page_size.value), back(in.size());
    ByteVector out(Codec::room(in.size()));
    Meter encoding, decoding;
    std::uint64_t bytes = 0, done = 0;
    double due = 1 - sampled_;  // the first is always among them
    for (std::size_t at = 0; at < round.non_zero.size(); at += peer_batch_pages) {
      due += sampled_;
      if (due < 1) continue;
      due -= 1;
      const auto pages = std::span(round.non_zero).subspan(at);
      in = joined(*round.now, pages.first(std::min(pages.size(), peer_batch_pages)));
      const std::size_t length = encoding([&] { return codec_.encode(in, out); });
      const MutableByteSpan into = MutableByteSpan(back).first(in.size());
      const std::size_t decoded = decoding([&] { return codec_.decode(ByteSpan(out).first(length), into); });
      if (decoded != in.size() || !std::ranges::equal(into, in)) wrong(Codec::name);
      bytes += length;
      done += in.size();
    }
    if (done == 0) return {};
    const double share = static_cast<double>(done) / static_cast<double>(round.content_bytes());
    return {.bytes = static_cast<std::uint64_t>(static_cast<double>(bytes) / share),
            .encode_seconds = encoding.seconds() / share,
            .decode_seconds = decoding.seconds() / share,
            .heap_peak = encoding.heap_peak(),
            .sampled = share};
  }

 private:
  Codec codec_;
  double sampled_;
};

}  // namespace

std::unique_ptr<Peer> make_zstd_batches(int level, double sampled) {
  return std::make_unique<Batches<Zstd>>(Zstd(level), sampled);
}
std::unique_ptr<Peer> make_lz4_batches() { return std::make_unique<Batches<Lz4>>(Lz4(), 1.0); }

}  // namespace dwcp::bench
