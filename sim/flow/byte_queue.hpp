// Bytes that wait in order. What is taken at once is one block.
#pragma once

#include <algorithm>
#include <deque>

#include "engine/base/bytes.hpp"

namespace dwcp::sim::flow {

class ByteQueue {
 public:
  std::size_t size() const { return size_; }
  void clear() {
    blocks_.clear();
    offset_ = size_ = 0;
  }

  void push(const std::byte* bytes, std::size_t size) {
    blocks_.emplace_back(bytes, bytes + size);
    size_ += size;
  }
  void push(ByteVector block) {
    if (block.empty()) return;
    size_ += block.size();
    blocks_.push_back(std::move(block));
  }

  // Precondition: wanted <= size().
  ByteVector take(std::size_t wanted) {
    if (wanted > 0 && offset_ == 0 && blocks_.front().size() == wanted) {
      ByteVector whole = std::move(blocks_.front());
      blocks_.pop_front();
      size_ -= wanted;
      return whole;
    }
    ByteVector taken(wanted);
    copy(taken.data(), wanted);
    return taken;
  }
  // As many as there are, at most `wanted`.
  std::size_t copy(std::byte* to, std::size_t wanted) {
    std::size_t done = 0;
    while (done < wanted && size_ > 0) {
      const ByteVector& front = blocks_.front();
      const std::size_t n = std::min(wanted - done, front.size() - offset_);
      std::copy_n(front.data() + offset_, n, to + done);
      done += n;
      size_ -= n;
      offset_ += n;
      if (offset_ < front.size()) continue;
      blocks_.pop_front();
      offset_ = 0;
    }
    return done;
  }

 private:
  std::deque<ByteVector> blocks_;
  std::size_t offset_ = 0;  // in the first block
  std::size_t size_ = 0;
};

}  // namespace dwcp::sim::flow
