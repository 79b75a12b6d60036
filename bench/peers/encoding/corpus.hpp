// Captures of one guest's memory, as tests/lab/corpus writes them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::bench {

// The whole memory at one moment. Owns its bytes; what the file has as holes takes no memory.
class Capture {
 public:
  // Throws std::runtime_error when the file cannot be read or does not have `size` bytes.
  Capture(const std::string& path, std::size_t size);
  ByteSpan bytes() const { return {bytes_.get(), size_}; }
  ByteSpan page(std::uint64_t index) const { return bytes().subspan(index * page_size.value, page_size.value); }
  // False: the page lies in a hole of the file, and is zero. Touching it costs a page fault, so it is better not to.
  bool holds(std::uint64_t index) const { return held_[index]; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* bytes) const;
  };
  std::size_t size_;
  std::unique_ptr<std::byte[], Unmap> bytes_;
  std::vector<bool> held_;
};

struct Corpus {
  std::string name, workload;
  std::vector<Capture> captures;   // of equal size, a multiple of 4096 bytes
  std::vector<double> guest_time;  // of each, in seconds
  std::uint64_t pages() const { return captures.front().bytes().size() / page_size.value; }
};

// Reads `folder`/manifest.json (format 1), and the first `captures` of it. Throws std::runtime_error, which names the
// file and what is wrong with it.
Corpus read_corpus(const std::string& folder, std::size_t captures);

}  // namespace dwcp::bench
