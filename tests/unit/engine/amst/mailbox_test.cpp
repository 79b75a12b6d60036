#include "engine/amst/mailbox.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

ByteVector text(std::string_view s) {
  const ByteSpan bytes = as_bytes(s);
  return {bytes.begin(), bytes.end()};
}

TEST(Outbox, SendsEachOnceUntilANewConnection) {
  Outbox outbox(4);
  outbox.push(text("a"));
  outbox.push(text("b"));
  EXPECT_EQ(outbox.next()->number, 1u);
  outbox.sent();
  outbox.sent();
  EXPECT_EQ(outbox.next(), nullptr);
  outbox.rewind();
  EXPECT_FALSE(outbox.acknowledge(1, 0).code);
  EXPECT_EQ(outbox.next()->number, 2u);
}

TEST(Outbox, RoomComesFromWhatTheUserHasTaken) {
  Outbox outbox(2);
  outbox.push(text("a"));
  outbox.push(text("b"));
  EXPECT_FALSE(outbox.has_room());
  EXPECT_FALSE(outbox.acknowledge(2, 0).code);
  EXPECT_FALSE(outbox.has_room());
  EXPECT_FALSE(outbox.acknowledge(2, 1).code);
  EXPECT_TRUE(outbox.has_room());
}

TEST(Outbox, AcknowledgingWhatWasNotSentIsAnError) {
  Outbox outbox(2);
  outbox.push(text("a"));
  EXPECT_EQ(outbox.acknowledge(2, 0).code, Errc::protocol_error);
  EXPECT_EQ(outbox.acknowledge(1, 2).code, Errc::protocol_error);
}

TEST(Inbox, DropsRepetitionsAndRefusesGaps) {
  Inbox inbox(4);
  EXPECT_TRUE(*inbox.arrived({1, false, text("a")}));
  EXPECT_FALSE(*inbox.arrived({1, false, text("a")}));
  EXPECT_EQ(inbox.arrived({3, false, text("c")}).error().code, Errc::protocol_error);
  EXPECT_EQ(as_text(*inbox.take()), "a");
  EXPECT_FALSE(inbox.take());
  EXPECT_EQ(inbox.taken(), 1u);
}

TEST(Inbox, IsBounded) {
  Inbox inbox(2);
  EXPECT_TRUE(*inbox.arrived({1, false, {}}));
  EXPECT_TRUE(*inbox.arrived({2, false, {}}));
  EXPECT_EQ(inbox.arrived({3, false, {}}).error().code, Errc::protocol_error);
}

TEST(Inbox, NothingComesAfterTheClosingLetter) {
  Inbox inbox(2);
  EXPECT_TRUE(*inbox.arrived({1, true, {}}));
  EXPECT_TRUE(inbox.closed());
  EXPECT_FALSE(inbox.take());
  EXPECT_EQ(inbox.arrived({2, false, {}}).error().code, Errc::protocol_error);
}

}  // namespace
}  // namespace dwcp::amst
