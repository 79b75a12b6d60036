// How every fuzz target writes the corpus that it begins with: fuzz_NAME --examples FOLDER (./dwcp fuzz calls it so).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::fuzz {

// For LLVMFuzzerInitialize: returns when the call is another one, and else writes what `make` returns, a file each, and
// ends the process.
template <class Make>
void write_examples_if_asked(int argc, char** argv, Make make) {
  if (argc != 3 || std::strcmp(argv[1], "--examples") != 0) return;
  int number = 0;
  for (const ByteVector& bytes : make()) {
    const std::string name = std::string(argv[2]) + "/example-" + std::to_string(++number);
    std::ofstream file(name, std::ios::binary);
    file.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    if (file) continue;
    std::fprintf(stderr, "cannot write %s\n", name.c_str());
    std::exit(1);
  }
  std::exit(0);
}

}  // namespace dwcp::fuzz
