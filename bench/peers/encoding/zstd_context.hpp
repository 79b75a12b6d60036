// Contexts of zstd with an owner, and its errors as exceptions.
#pragma once

#include <zstd.h>

#include <memory>
#include <stdexcept>

namespace dwcp::bench {

struct FreeZstd {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};
using ZstdEncoder = std::unique_ptr<ZSTD_CCtx, FreeZstd>;
using ZstdDecoder = std::unique_ptr<ZSTD_DCtx, FreeZstd>;

inline std::size_t zstd_checked(std::size_t result) {
  if (ZSTD_isError(result)) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(result));
  return result;
}

}  // namespace dwcp::bench
