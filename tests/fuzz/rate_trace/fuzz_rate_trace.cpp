// libFuzzer target: any bytes are taken as a trace of a link's rate.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/examples.hpp"
#include "tests/fuzz/rate_trace/check.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  dwcp::fuzz::write_examples_if_asked(*argc, *argv, dwcp::fuzz::rate_trace_examples);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = dwcp::fuzz::check_rate_trace(std::as_bytes(std::span(data, size)));
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
