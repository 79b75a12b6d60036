// About the fewest bytes that are to be had without knowing the guest: pages that differ from each other, once, as one
// piece through the strongest usual level of zstd with a window of 128 MiB. Only of the full copy; it takes minutes.
#include <set>

#include "bench/peers/encoding/meter.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/zstd_context.hpp"
#include "engine/base/checksum.hpp"

namespace dwcp::bench {
namespace {

constexpr int level = 19, window = 27;

class Bound final : public Peer {
 public:
  Outcome run(const Round& round) override {
    std::vector<std::uint64_t> unique;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (const std::uint64_t page : round.non_zero) {
      const Hash128 hash = hash128(round.now->page(page));
      if (seen.insert({hash.low, hash.high}).second) unique.push_back(page);
    }
    const ByteVector in = joined(*round.now, unique);
    ByteVector out(ZSTD_compressBound(in.size())), back(in.size());
    Meter encoding, decoding;
    const std::size_t length = encoding([&] {
      const ZstdEncoder encoder(ZSTD_createCCtx());
      for (const auto& [parameter, value] :
           {std::pair(ZSTD_c_compressionLevel, level), std::pair(ZSTD_c_windowLog, window),
            std::pair(ZSTD_c_enableLongDistanceMatching, 1)})
        zstd_checked(ZSTD_CCtx_setParameter(encoder.get(), parameter, value));
      return zstd_checked(ZSTD_compress2(encoder.get(), out.data(), out.size(), in.data(), in.size()));
    });
    const ZstdDecoder decoder(ZSTD_createDCtx());
    const std::size_t decoded = decoding(
        [&] { return zstd_checked(ZSTD_decompressDCtx(decoder.get(), back.data(), back.size(), out.data(), length)); });
    if (decoded != in.size() || back != in) wrong("bound");
    return {.bytes = length, .encode_seconds = encoding.seconds(), .decode_seconds = decoding.seconds()};
  }
};

}  // namespace

std::unique_ptr<Peer> make_bound() { return std::make_unique<Bound>(); }

}  // namespace dwcp::bench
