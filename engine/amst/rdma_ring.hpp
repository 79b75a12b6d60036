// The bookkeeping of a ring of slots in the peer's memory, and of ours that the peer writes into: pure, no I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::amst {

// What an RDMA write says beside its bytes: two bits of kind, 30 of a number.
enum class MessageKind : std::uint32_t {
  data = 0,     // the number is the message's length in bytes, tag included
  credits = 1,  // the number is of slots that may be written again
  end = 2,      // nothing more comes in this direction; the number is 0
  probe = 3     // the first message: the way works; the number is 0
};
constexpr std::uint32_t immediate_of(MessageKind kind, std::uint32_t number) {
  return (static_cast<std::uint32_t>(kind) << 30) | number;
}
constexpr MessageKind kind_of(std::uint32_t immediate) { return static_cast<MessageKind>(immediate >> 30); }
constexpr std::uint32_t number_of(std::uint32_t immediate) { return immediate & 0x3fffffffU; }

// Our messages in the peer's ring.
class SendRing {
 public:
  SendRing(std::uint32_t slots, unsigned control_max) : slots_(slots), control_max_(control_max) {}

  // The slot for the next data message; none while the peer has not given one back, or our own memory for it is in use.
  std::optional<std::uint32_t> data_slot() const {
    if (in_peer_ == slots_ || data_posted_ == slots_) return std::nullopt;
    return static_cast<std::uint32_t>(next_ % slots_);
  }
  bool may_post_control() const { return control_posted_ < control_max_; }

  void posted_data(Bytes length, TimePoint at);
  void posted_control(TimePoint at);
  struct Written {
    Bytes length{0};          // 0: a control message
    Duration took{0};         // from post to completion
    Bytes delivered_then{0};  // completed when it was posted
  };
  // Of the oldest one posted. Precondition: one is.
  Written written(TimePoint at);
  // Empty, or why the peer cannot give back so many.
  Failure given_back(std::uint32_t count);

  Bytes delivered() const { return delivered_; }
  Bytes under_way() const { return under_way_; }

 private:
  struct Posted {
    Bytes length;
    TimePoint at;
    Bytes delivered_then;
    bool data;
  };
  const std::uint32_t slots_;
  const unsigned control_max_;
  std::deque<Posted> posted_;  // at most slots_ + control_max_
  std::uint64_t next_ = 0;     // messages of data so far
  std::uint32_t in_peer_ = 0;  // slots that are not given back
  std::uint32_t data_posted_ = 0;
  unsigned control_posted_ = 0;
  Bytes delivered_{0}, under_way_{0};
};

// The peer's messages in ours.
class ReceiveRing {
 public:
  ReceiveRing(std::uint32_t slots, std::uint32_t slot_size, std::size_t tag_size)
      : slots_(slots), slot_size_(slot_size), tag_size_(tag_size) {}

  // Empty, or why there can be no such message.
  Failure arrived(std::uint32_t length);
  bool empty() const { return waiting_.empty(); }
  struct Message {
    std::size_t offset;  // in the ring
    std::uint32_t length;
  };
  Message front() const { return {(taken_ % slots_) * std::size_t{slot_size_}, waiting_.front()}; }
  void pop();
  // What is to be given back now: a quarter of the ring, or nothing yet.
  std::uint32_t to_give_back() const { return free_ >= slots_ / 4 ? free_ : 0; }
  void gave_back() { free_ = 0; }

 private:
  const std::uint32_t slots_, slot_size_;
  const std::size_t tag_size_;
  std::deque<std::uint32_t> waiting_;  // lengths; at most slots_
  std::uint64_t taken_ = 0;
  std::uint32_t free_ = 0;  // taken, and not given back
};

}  // namespace dwcp::amst
