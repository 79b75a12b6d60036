// Batches of 256 changed pages, each compressed with what these pages were before as the bytes before it (zstd's
// prefix): deltas without any coding of their own.
#include <algorithm>
#include <bit>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/zstd_context.hpp"

namespace dwcp::bench {
namespace {

constexpr std::size_t batch_pages = 256;
constexpr int window = std::bit_width(2 * batch_pages * page_size.value);

class Prefix final : public Peer {
 public:
  explicit Prefix(int level) : level_(level), encoder_(ZSTD_createCCtx()), decoder_(ZSTD_createDCtx()) {}
  bool takes_full_copy() const override { return false; }

  Outcome run(const Round& round) override {
    Meter encoding, decoding;
    Outcome outcome;
    ByteVector out(ZSTD_compressBound(batch_pages * page_size.value));
    for (std::size_t at = 0; at < round.non_zero.size(); at += batch_pages) {
      const auto rest = std::span(round.non_zero).subspan(at);
      const auto pages = rest.first(std::min(rest.size(), batch_pages));
      const ByteVector before = joined(*round.before, pages), now = joined(*round.now, pages);
      ByteVector back(now.size());
      const std::size_t length = encoding([&] { return encode(before, now, out); });
      const std::size_t decoded = decoding([&] { return decode(before, ByteSpan(out).first(length), back); });
      if (decoded != now.size() || back != now) wrong("prefix");
      outcome.bytes += length;
    }
    outcome.encode_seconds = encoding.seconds();
    outcome.decode_seconds = decoding.seconds();
    outcome.heap_peak = ZSTD_sizeof_CCtx(encoder_.get());
    return outcome;
  }

 private:
  std::size_t encode(ByteSpan before, ByteSpan now, MutableByteSpan out) {
    ZSTD_CCtx_reset(encoder_.get(), ZSTD_reset_session_and_parameters);
    zstd_checked(ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, level_));
    zstd_checked(ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_windowLog, window));
    zstd_checked(ZSTD_CCtx_refPrefix(encoder_.get(), before.data(), before.size()));
    return zstd_checked(ZSTD_compress2(encoder_.get(), out.data(), out.size(), now.data(), now.size()));
  }
  std::size_t decode(ByteSpan before, ByteSpan in, MutableByteSpan back) {
    zstd_checked(ZSTD_DCtx_refPrefix(decoder_.get(), before.data(), before.size()));
    return zstd_checked(ZSTD_decompressDCtx(decoder_.get(), back.data(), back.size(), in.data(), in.size()));
  }

  int level_;
  ZstdEncoder encoder_;
  ZstdDecoder decoder_;
};

}  // namespace

std::unique_ptr<Peer> make_prefix(int level) { return std::make_unique<Prefix>(level); }

}  // namespace dwcp::bench
