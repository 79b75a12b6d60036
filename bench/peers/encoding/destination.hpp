// The destination's memory.
#pragma once

#include <sys/mman.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "bench/peers/encoding/rounds.hpp"
#include "engine/hde/decoder.hpp"

namespace dwcp::bench {

// Takes down what the decoder hands over, and writes it when it is told to: writing is not the decoder's work.
class DestinationMemory final : public hde::PageSink {
 public:
  explicit DestinationMemory(std::size_t size) : size_(size), written_(size / page_size.value) {
    void* const memory =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no memory for the destination");
    bytes_ = static_cast<std::byte*>(memory);
  }
  DestinationMemory(const DestinationMemory&) = delete;
  DestinationMemory& operator=(const DestinationMemory&) = delete;
  ~DestinationMemory() override { munmap(bytes_, size_); }

  void page(const hde::PageKey& key, Version, ByteSpan content) override { taken_.push_back({key.index, content}); }
  void zero(const hde::PageKey& key, Version) override { taken_.push_back({key.index, {}}); }
  // While what the decoder gave is still valid.
  void write() {
    for (const auto& [index, content] : taken_) {
      std::byte* const to = bytes_ + index.value * page_size.value;
      if (!content.empty()) {
        std::memcpy(to, content.data(), page_size.value);
        written_[index.value] = true;
      } else if (written_[index.value]) {
        std::memset(to, 0, page_size.value);
      }
    }
    taken_.clear();
  }
  bool equals(const Capture& capture) const {
    if (capture.bytes().size() != size_) return false;
    for (std::uint64_t page = 0; page < written_.size(); ++page)
      if ((written_[page] || capture.holds(page)) &&
          std::memcmp(capture.page(page).data(), bytes_ + page * page_size.value, page_size.value) != 0)
        return false;
    return true;
  }

 private:
  struct Taken {
    PageIndex index;
    ByteSpan content;
  };
  std::size_t size_;
  std::byte* bytes_;
  std::vector<bool> written_;  // others are zero, and take no memory
  std::vector<Taken> taken_;
};

}  // namespace dwcp::bench
