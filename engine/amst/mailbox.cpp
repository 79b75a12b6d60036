#include "engine/amst/mailbox.hpp"

#include <boost/assert.hpp>

namespace dwcp::amst {

void Outbox::push(ByteVector body, bool closing) {
  BOOST_ASSERT(closing || has_room());
  kept_.push_back({++pushed_, closing, std::move(body)});
}

const Letter* Outbox::next() const { return cursor_ < kept_.size() ? &kept_[cursor_] : nullptr; }

Failure Outbox::acknowledge(std::uint64_t received, std::uint64_t taken) {
  if (received > pushed_ || taken > received)
    return {Errc::protocol_error, "the peer acknowledges " + std::to_string(received) + " messages and took " +
                                      std::to_string(taken) + "; " + std::to_string(pushed_) + " were sent"};
  while (received_ < received) {
    kept_.pop_front();
    ++received_;
    if (cursor_ > 0) --cursor_;
  }
  taken_ = std::max(taken_, taken);
  return {};
}

Result<bool> Inbox::arrived(Letter letter) {
  if (letter.number <= received_) return false;
  if (letter.number != received_ + 1)
    return Failure(Errc::protocol_error, "message " + std::to_string(letter.number) + " came where " +
                                             std::to_string(received_ + 1) + " was due");
  if (closed_) return Failure(Errc::protocol_error, "a message came after the peer had closed");
  if (!letter.closing && waiting_.size() >= outstanding_max_)
    return Failure(Errc::protocol_error, "more than " + std::to_string(outstanding_max_) + " messages outstanding");
  ++received_;
  if (letter.closing)
    closed_ = true;
  else
    waiting_.push_back(std::move(letter.body));
  return true;
}

std::optional<ByteVector> Inbox::take() {
  if (waiting_.empty()) return std::nullopt;
  ByteVector body = std::move(waiting_.front());
  waiting_.pop_front();
  ++taken_;
  return body;
}

}  // namespace dwcp::amst
