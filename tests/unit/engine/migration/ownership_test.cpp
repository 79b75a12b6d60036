// The rules by which a destination answers a Commit, and what a ledger's entries mean.
#include <gtest/gtest.h>

#include "engine/migration/ledger.hpp"

namespace dwcp::migration {
namespace {

Entry destination_at(Step step) { return {VmId("v"), Epoch(5), Role::destination, step, {}}; }

TEST(AnswerCommit, PreparedGuestRuns) {
  EXPECT_EQ(answer_commit(destination_at(Step::prepared), Epoch(5), Epoch(5), GuestState::paused), CommitAnswer::run);
}

TEST(AnswerCommit, PreparedButLostGuestIsRefused) {
  EXPECT_EQ(answer_commit(destination_at(Step::prepared), Epoch(5), Epoch(5), GuestState::absent),
            CommitAnswer::refuse);
}

TEST(AnswerCommit, OwnershipThatWasTakenIsNeverHandedBack) {
  for (const auto guest : {GuestState::absent, GuestState::paused, GuestState::running})
    EXPECT_EQ(answer_commit(destination_at(Step::owned), Epoch(5), Epoch(5), guest), CommitAnswer::running);
}

TEST(AnswerCommit, AHigherEpochProvesThatThisOneWasTaken) {
  EXPECT_EQ(answer_commit(std::nullopt, Epoch(5), Epoch(8), GuestState::absent), CommitAnswer::running);
  EXPECT_EQ(answer_commit(std::nullopt, Epoch(5), Epoch(5), GuestState::absent), CommitAnswer::refuse);
}

TEST(AnswerCommit, WhatWasGivenUpStaysGivenUp) {
  for (const auto step : {Step::intent, Step::aborted, Step::refused})
    EXPECT_EQ(answer_commit(destination_at(step), Epoch(5), Epoch(5), GuestState::paused), CommitAnswer::refuse);
}

TEST(Entries, SettledMeansThatNobodyWaitsForAWord) {
  EXPECT_FALSE(is_settled({VmId("v"), Epoch(1), Role::source, Step::committed, {}}));
  EXPECT_FALSE(is_settled({VmId("v"), Epoch(1), Role::source, Step::aborted, {}}));
  EXPECT_TRUE(is_settled({VmId("v"), Epoch(1), Role::source, Step::rejected, {}}));
  EXPECT_TRUE(is_settled({VmId("v"), Epoch(1), Role::destination, Step::aborted, {}}));
  EXPECT_FALSE(is_settled({VmId("v"), Epoch(1), Role::destination, Step::prepared, {}}));
}

TEST(Entries, ComeBackFromTheirBytes) {
  const Entry entry{
      VmId("v"),       Epoch(9), Role::source, Step::committed, {platform::parse_endpoint("10.0.0.1:4700").value()},
      NodeId("host-b")};
  EXPECT_EQ(decode_entry(encode(entry)).value(), entry);
  ByteVector bytes = encode(entry);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_entry(ByteSpan(bytes).first(length))) << length;
}

// Journals from before the other node's name was kept.
TEST(Entries, OfTheFirstVersionAreRead) {
  Entry entry{VmId("v"), Epoch(9), Role::destination, Step::prepared, {}};
  ByteVector bytes = encode(entry);
  bytes.erase(bytes.end() - 2, bytes.end());  // the empty name
  bytes[0] = std::byte{1};
  EXPECT_EQ(decode_entry(bytes).value(), entry);
}

}  // namespace
}  // namespace dwcp::migration
