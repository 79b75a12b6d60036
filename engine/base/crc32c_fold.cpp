#include "engine/base/crc32c_fold.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dwcp::crc32c_fold {

#if defined(__x86_64__)
namespace {

// Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, with bits
// reflected: bit i of a word stands for x^(63-i), the first bytes of memory for the highest powers. The product of two
// such words, taken as 128 bits, then stands for x times the product of what they stand for.
constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected 0x1EDC6F41

// The word that multiplies by x^power modulo the polynomial.
constexpr std::uint64_t multiplier(unsigned power) {
  std::uint32_t remainder = 0x80000000;  // 1
  for (unsigned i = 0; i + 1 < power; ++i) remainder = (remainder >> 1) ^ (remainder & 1 ? polynomial : 0);
  return static_cast<std::uint64_t>(remainder) << 32;
}

// Moves 128 bits forward by `bits`: their first word lies 64 bits higher than their second.
template <unsigned bits>
__attribute__((target("avx512f"))) __m512i multipliers() {
  static constexpr std::uint64_t first = multiplier(bits + 64), second = multiplier(bits);
  return _mm512_set4_epi64(static_cast<long long>(second), static_cast<long long>(first),
                           static_cast<long long>(second), static_cast<long long>(first));
}

__attribute__((target("avx512f"))) __m512i load(const std::byte* from) { return _mm512_loadu_si512(from); }

// `accumulated` moved forward by what `by` says, and joined with `next`.
__attribute__((target("avx512f,vpclmulqdq"))) __m512i forward(__m512i accumulated, __m512i by, __m512i next) {
  const __m512i first = _mm512_clmulepi64_epi128(accumulated, by, 0x00);
  const __m512i second = _mm512_clmulepi64_epi128(accumulated, by, 0x11);
  constexpr int exclusive_or_of_three = 0x96;
  return _mm512_ternarylogic_epi64(first, second, next, exclusive_or_of_three);
}

}  // namespace

bool available() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq") &&
                          __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.2");
  return has;
}

// Four registers hide the latency of the multiplication.
__attribute__((target("avx512f,vpclmulqdq,pclmul,sse4.2"))) Folded fold(ByteSpan input, std::uint32_t crc) {
  constexpr std::size_t step = 256;
  const std::byte* at = input.data();
  const std::size_t bytes = input.size() / step * step;
  const std::byte* const end = at + bytes;

  __m512i a = _mm512_xor_si512(load(at), _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc))));
  __m512i b = load(at + 64), c = load(at + 128), d = load(at + 192);
  const __m512i by_step = multipliers<step * 8>();
  for (at += step; at != end; at += step) {
    a = forward(a, by_step, load(at));
    b = forward(b, by_step, load(at + 64));
    c = forward(c, by_step, load(at + 128));
    d = forward(d, by_step, load(at + 192));
  }
  const __m512i by_register = multipliers<512>();
  a = forward(forward(forward(a, by_register, b), by_register, c), by_register, d);

  // 64 bytes that have the remainder of all: the instruction for bytes does the rest.
  alignas(64) std::uint64_t words[8];
  _mm512_store_si512(words, a);
  std::uint64_t rest = 0;
  for (const std::uint64_t word : words) rest = _mm_crc32_u64(rest, word);
  return {static_cast<std::uint32_t>(rest), bytes};
}

#else
bool available() { return false; }
Folded fold(ByteSpan, std::uint32_t crc) { return {crc, 0}; }
#endif

}  // namespace dwcp::crc32c_fold
