// libFuzzer target: any bytes are taken as a migration stream.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/examples.hpp"
#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace dwcp;
  const auto examples = [] {
    return std::vector{qemu_stream::testing::small_stream(), qemu_stream::testing::small_stream(2)};
  };
  fuzz::write_examples_if_asked(*argc, *argv, examples);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dwcp;
  const std::string wrong = qemu_stream::testing::check_stream(std::as_bytes(std::span(data, size)), size);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
