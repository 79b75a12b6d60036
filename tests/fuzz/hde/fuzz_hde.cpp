// libFuzzer target: any bytes as a batch that follows some good ones. The checksum of the head is put right first, or
// nothing would get past it.
//   fuzz_hde CORPUS_FOLDER -max_len=65536
#include <algorithm>
#include <cstdint>

#include "tests/fuzz/hde/check.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

using dwcp::ByteVector;

const std::vector<ByteVector>& samples() {
  static const std::vector<ByteVector> batches = dwcp::hde::testing::sample_batches(dwcp::hde::Codec::zstd3);
  return batches;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const dwcp::ByteSpan input = std::as_bytes(std::span(data, size));
  ByteVector batch(input.begin(), input.end());
  dwcp::hde::testing::reseal(batch);
  dwcp::hde::testing::check_batch(batch, std::span(samples()).first(1));
  return 0;
}

// An empty corpus starts from good batches.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  if (size < 8) {
    const ByteVector& sample = samples()[seed % samples().size()];
    if (sample.size() > size_max) return size;
    std::ranges::copy(sample, reinterpret_cast<std::byte*>(data));
    return sample.size();
  }
  return LLVMFuzzerMutate(data, size, size_max);
}
