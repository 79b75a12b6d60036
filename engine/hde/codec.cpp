#include "engine/hde/codec.hpp"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/base/error.hpp"

namespace dwcp::hde {
namespace {

int zstd_level(Codec codec) {
  switch (codec) {
    case Codec::zstd1:
      return 1;
    case Codec::zstd3:
      return 3;
    case Codec::zstd6:
      return 6;
    case Codec::zstd9:
      return 9;
    case Codec::zstd16:
      return 16;
    case Codec::zstd18:
      return 18;
    case Codec::none:
    case Codec::lz4:
      break;
  }
  return 0;
}

// The library's own parameters are made for inputs of any kind and length. These are for batches of guest memory: 1 MiB
// of pages, captured guests (tests/lab/corpus), one core, what comes out and speed beside the library's level:
// - 1: 0.98 at 0.98. Shorter matches, and a table that fits the first-level cache.
// - 3: 1.02 at 1.25, for the same reasons. Between 1 and the library's 3 there was nothing.
// - 16: 3.51 times smaller at 8.7 MB/s; the library's 3.44 at 6.9. 18: 3.55 at 5.4; the library's 3.55 at 4.2.
struct Tuning {
  int level;
  ZSTD_strategy strategy;
  int window_log, hash_log, chain_log, search_log, min_match, target_length;  // 0: the library's
};
constexpr Tuning tunings[] = {
    {1, ZSTD_fast, 0, 13, 0, 0, 5, 0},
    {3, ZSTD_dfast, 0, 15, 14, 0, 5, 0},
    {16, ZSTD_btopt, 20, 20, 20, 3, 3, 48},
    {18, ZSTD_btultra2, 20, 20, 20, 4, 3, 128},
};

void apply(const Tuning& tuning, ZSTD_CCtx* context) {
  ZSTD_CCtx_setParameter(context, ZSTD_c_strategy, tuning.strategy);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, tuning.window_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, tuning.hash_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, tuning.chain_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_searchLog, tuning.search_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, tuning.min_match);
  ZSTD_CCtx_setParameter(context, ZSTD_c_targetLength, tuning.target_length);
}

struct FreeContext {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

// Contexts hold megabytes of tables that cost more to allocate than a batch to compress. They carry nothing from one
// frame to the next, so a thread may keep its own.
ZSTD_CCtx* compression_context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw Error(Errc::out_of_budget, "no memory for a zstd compression context");
  return context.get();
}
ZSTD_DCtx* decompression_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw Error(Errc::out_of_budget, "no memory for a zstd decompression context");
  return context.get();
}

std::optional<std::size_t> compress_zstd(int level, ByteSpan in, MutableByteSpan out) {
  ZSTD_CCtx* const context = compression_context();
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  for (const Tuning& tuning : tunings)
    if (tuning.level == level) apply(tuning, context);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);  // the batch says it
  const std::size_t length = ZSTD_compress2(context, out.data(), out.size(), in.data(), in.size());
  if (ZSTD_isError(length)) return std::nullopt;
  return length;
}

}  // namespace

WireCodec wire_codec(Codec codec) {
  if (codec == Codec::none) return WireCodec::stored;
  return codec == Codec::lz4 ? WireCodec::lz4 : WireCodec::zstd;
}

std::optional<std::size_t> compress(Codec codec, ByteSpan in, MutableByteSpan out) {
  if (codec != Codec::lz4) return compress_zstd(zstd_level(codec), in, out);
  const int length = LZ4_compress_default(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                                          static_cast<int>(in.size()), static_cast<int>(out.size()));
  if (length <= 0) return std::nullopt;
  return static_cast<std::size_t>(length);
}

Bytes compressed_size(Codec codec, ByteSpan in) {
  if (codec == Codec::none) return Bytes(in.size());
  const auto out = std::make_unique_for_overwrite<std::byte[]>(in.size());
  return Bytes(compress(codec, in, {out.get(), in.size()}).value_or(in.size()));
}

bool decompress(WireCodec codec, ByteSpan in, MutableByteSpan out) {
  switch (codec) {
    case WireCodec::stored:
      if (in.size() != out.size()) return false;
      std::memcpy(out.data(), in.data(), in.size());
      return true;
    case WireCodec::lz4: {
      if (in.size() > LZ4_COMPRESSBOUND(LZ4_MAX_INPUT_SIZE)) return false;  // its lengths are int
      const int length =
          LZ4_decompress_safe(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                              static_cast<int>(in.size()), static_cast<int>(out.size()));
      return length >= 0 && static_cast<std::size_t>(length) == out.size();
    }
    case WireCodec::zstd: {
      ZSTD_DCtx* const context = decompression_context();
      return ZSTD_decompressDCtx(context, out.data(), out.size(), in.data(), in.size()) == out.size();
    }
  }
  return false;
}

platform::Work compress_work(Codec codec, std::size_t in) {
  using platform::WorkKind;
  if (codec == Codec::none) return {WorkKind::copy, 0, Bytes(in)};
  if (codec == Codec::lz4) return {WorkKind::lz4_encode, 0, Bytes(in)};
  return {WorkKind::zstd_encode, zstd_level(codec), Bytes(in)};
}

platform::Work decompress_work(WireCodec codec, std::size_t out) {
  using platform::WorkKind;
  if (codec == WireCodec::stored) return {WorkKind::copy, 0, Bytes(out)};
  return {codec == WireCodec::lz4 ? WorkKind::lz4_decode : WorkKind::zstd_decode, 0, Bytes(out)};
}

}  // namespace dwcp::hde
