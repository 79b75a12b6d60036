// What `zstd --patch-from` does, by its library: the changed pages as one piece against everything that was there
// before, with a window over both and long-distance matching.
#include <algorithm>
#include <bit>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/zstd_context.hpp"

namespace dwcp::bench {
namespace {

ByteVector not_zero(const Capture& capture) {
  std::vector<std::uint64_t> pages;
  for (std::uint64_t page = 0; page < capture.bytes().size() / page_size.value; ++page)
    if (!is_zero(capture, page)) pages.push_back(page);
  return joined(capture, pages);
}

class Patch final : public Peer {
 public:
  explicit Patch(int level) : level_(level) {}
  bool takes_full_copy() const override { return false; }

  Outcome run(const Round& round) override {
    const ByteVector before = not_zero(*round.before), now = joined(*round.now, round.non_zero);
    if (now.empty()) return {};
    const int window = std::clamp(static_cast<int>(std::bit_width(before.size() + now.size())), 10, 31);
    ByteVector out(ZSTD_compressBound(now.size())), back(now.size());
    Meter encoding, decoding;
    const std::size_t length = encoding([&] {
      encoder_.reset(ZSTD_createCCtx());
      for (const auto& [parameter, value] :
           {std::pair(ZSTD_c_compressionLevel, level_), std::pair(ZSTD_c_windowLog, window),
            std::pair(ZSTD_c_enableLongDistanceMatching, 1)})
        zstd_checked(ZSTD_CCtx_setParameter(encoder_.get(), parameter, value));
      zstd_checked(ZSTD_CCtx_refPrefix(encoder_.get(), before.data(), before.size()));
      return zstd_checked(ZSTD_compress2(encoder_.get(), out.data(), out.size(), now.data(), now.size()));
    });
    const std::size_t decoded = decoding([&] {
      const ZstdDecoder decoder(ZSTD_createDCtx());
      zstd_checked(ZSTD_DCtx_setParameter(decoder.get(), ZSTD_d_windowLogMax, 31));
      zstd_checked(ZSTD_DCtx_refPrefix(decoder.get(), before.data(), before.size()));
      return zstd_checked(ZSTD_decompressDCtx(decoder.get(), back.data(), back.size(), out.data(), length));
    });
    if (decoded != now.size() || back != now) wrong("patch");
    const std::uint64_t heap = encoding.heap_peak() + before.size();
    encoder_.reset();
    return {
        .bytes = length, .encode_seconds = encoding.seconds(), .decode_seconds = decoding.seconds(), .heap_peak = heap};
  }

 private:
  int level_;
  ZstdEncoder encoder_;
};

}  // namespace

std::unique_ptr<Peer> make_patch(int level) { return std::make_unique<Patch>(level); }

}  // namespace dwcp::bench
