// libFuzzer target: any bytes are taken as another host's libvirt calls or guests. Without a corpus it writes one
// first:
//   fuzz_libvirt --examples CORPUS_DIR; fuzz_libvirt CORPUS_DIR -max_len=16384
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tests/fuzz/libvirt/check.hpp"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace dwcp;
  if (*argc != 3 || std::strcmp((*argv)[1], "--examples") != 0) return 0;
  int number = 0;
  for (const ByteVector& bytes : libvirt::testing::examples()) {
    std::ofstream file(std::string((*argv)[2]) + "/example-" + std::to_string(++number), std::ios::binary);
    file.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    if (!file) std::exit(1);
  }
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = dwcp::libvirt::testing::check_bytes(std::as_bytes(std::span(data, size)));
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
