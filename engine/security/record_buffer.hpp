// Bytes on their way between TLS and a connection: filled behind, emptied in front, never moved, so that what either
// side was shown stays where it is. Room that was used comes back when everything has been taken.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/base/bytes.hpp"

namespace dwcp::security {

class RecordBuffer {
 public:
  explicit RecordBuffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  bool empty() const { return begin_ == end_; }
  // Oldest first; holds until they are taken.
  ByteSpan filled() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void take(std::size_t count) { begin_ += count; }  // at most filled().size()
  // Where the next bytes go; holds until the next call. Never empty for an empty buffer.
  MutableByteSpan room() {
    if (empty()) begin_ = end_ = 0;
    return {bytes_.get() + end_, capacity_ - end_};
  }
  // At most room().size(); returns these bytes.
  ByteSpan fill(std::size_t count) {
    end_ += count;
    return filled().last(count);
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace dwcp::security
