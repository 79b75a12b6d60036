// Bounded gather/scatter lists: what crosses the virtual boundary in place of Asio's buffer-sequence templates.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>

namespace dwcp::platform {

// At most `capacity` buffers of a sequence are taken, as async_read_some and async_write_some may; empty ones are
// skipped.
template <class B>
class BufferList {
 public:
  static constexpr std::size_t capacity = 16;
  using value_type = B;
  using const_iterator = const B*;

  BufferList() = default;
  template <class Sequence>
  explicit BufferList(const Sequence& sequence) {
    auto end = boost::asio::buffer_sequence_end(sequence);
    for (auto it = boost::asio::buffer_sequence_begin(sequence); it != end && count_ < capacity; ++it) {
      const B buffer(*it);
      if (buffer.size() > 0) buffers_[count_++] = buffer;
    }
  }
  const_iterator begin() const { return buffers_.data(); }
  const_iterator end() const { return buffers_.data() + count_; }
  bool empty() const { return count_ == 0; }

 private:
  std::array<B, capacity> buffers_;
  std::size_t count_ = 0;
};

using ReadBuffers = BufferList<boost::asio::mutable_buffer>;
using WriteBuffers = BufferList<boost::asio::const_buffer>;

}  // namespace dwcp::platform
