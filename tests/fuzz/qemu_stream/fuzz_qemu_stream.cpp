// libFuzzer target: any bytes are taken as a migration stream. Start it with streams as corpus:
//   fuzz_qemu_stream CORPUS_DIR -dict=tests/fuzz/qemu_stream/qemu_stream.dict -max_len=65536
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/qemu_stream/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dwcp;
  const std::string wrong = qemu_stream::testing::check_stream(std::as_bytes(std::span(data, size)), size);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
