// Ordered messages that survive the loss of the control connection: numbered from 1, kept until the peer has them,
// credited when the peer's user has taken them.
#pragma once

#include <deque>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::amst {

struct Letter {
  std::uint64_t number = 0;
  bool closing = false;  // the last one: the sender closes the session in order
  ByteVector body;
};

class Outbox {
 public:
  explicit Outbox(std::size_t outstanding_max) : outstanding_max_(outstanding_max) {}

  bool has_room() const { return pushed_ - taken_ < outstanding_max_; }
  // Precondition: has_room(), unless `closing`, which is pushed once.
  void push(ByteVector body, bool closing = false);
  // The next that was not yet handed to the present connection; valid until the next call of a member.
  const Letter* next() const;
  void sent() {
    closing_sent_ = closing_sent_ || kept_[cursor_].closing;
    ++cursor_;
  }
  // The peer's counts; they only grow. A peer that claims what was never sent gets protocol_error.
  Failure acknowledge(std::uint64_t received, std::uint64_t taken);
  // A new connection: everything that the peer does not have goes again.
  void rewind() { cursor_ = 0; }
  // The closing letter has been sent at least once, and the peer has everything before it.
  bool only_closing_left() const { return kept_.size() == 1 && kept_.front().closing && closing_sent_; }
  // The peer has everything, the closing letter included.
  bool all_received() const { return received_ == pushed_; }

 private:
  std::size_t outstanding_max_;
  std::deque<Letter> kept_;  // numbers received_ + 1 .. pushed_
  std::size_t cursor_ = 0;   // index into kept_
  bool closing_sent_ = false;
  std::uint64_t pushed_ = 0, received_ = 0, taken_ = 0;
};

class Inbox {
 public:
  explicit Inbox(std::size_t outstanding_max) : outstanding_max_(outstanding_max) {}

  // False for a repetition. protocol_error for a gap, more than was credited, or anything behind the closing letter.
  Result<bool> arrived(Letter letter);
  // In order; without the closing letter.
  std::optional<ByteVector> take();
  std::uint64_t received() const { return received_; }
  std::uint64_t taken() const { return taken_; }
  bool closed() const { return closed_; }  // the closing letter has arrived

 private:
  std::size_t outstanding_max_;
  std::deque<ByteVector> waiting_;
  std::uint64_t received_ = 0, taken_ = 0;
  bool closed_ = false;
};

}  // namespace dwcp::amst
