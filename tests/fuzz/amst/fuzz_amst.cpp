// libFuzzer target: any bytes are taken as the session protocol's.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/amst/check.hpp"
#include "tests/fuzz/examples.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  dwcp::fuzz::write_examples_if_asked(*argc, *argv, dwcp::amst::testing::examples);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = dwcp::amst::testing::check_bytes(std::as_bytes(std::span(data, size)));
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
