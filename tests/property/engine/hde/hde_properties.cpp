#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/property/engine/hde/unreliable_session.hpp"

namespace dwcp::hde {
namespace {

using testing::Misfortune;
using testing::SessionShape;
using testing::UnreliableSession;

SessionShape any_shape() {
  SessionShape shape;
  shape.pages = *rc::gen::inRange<std::size_t>(1, 150);
  shape.encoder.delta_cache_budget = *rc::gen::element(Bytes(0), Bytes(20 * 4300), MiB(1));
  shape.encoder.window_budget = *rc::gen::element(Bytes(0), KiB(256), MiB(8));
  shape.encoder.retention_budget = *rc::gen::element(Bytes(0), Bytes(60 * 4096), MiB(8));
  shape.encoder.batches_under_way_max = *rc::gen::element<std::size_t>(1, 3, 65536);
  return shape;
}

// Rounds until all is repaired when nothing goes wrong any more: a page that is rejected is sent in full, once. But
// with one batch under way at a time, a round may send one page.
constexpr std::size_t rounds_max = 160;

void run_to_the_end(UnreliableSession& session) {
  const int steps = *rc::gen::inRange(0, 200);
  for (int i = 0; i < steps; ++i) session.step();
  RC_ASSERT(session.finish(rounds_max) <= rounds_max);
}

void check_memories(const UnreliableSession& session) {
  RC_ASSERT(std::ranges::equal(session.memory().bytes(), session.destination().bytes()));
  RC_ASSERT(session.destination().steps_back() == 0u);
  RC_ASSERT(session.sent_digest() == session.received_digest());
  Digest whole;
  add_memory(whole, 0, PageIndex(0), session.memory().bytes());
  RC_ASSERT(session.sent_digest() == whole);
  RC_ASSERT(session.encoder().batches_under_way() == 0u);
  RC_ASSERT(session.encoder().retained() == Bytes(0));
}

// With a destination that keeps its memory, no order, repetition or loss of batches makes the receiver lack a base.
RC_GTEST_PROP(Hde, ReceiverThatAppliesWhatItAcknowledgesNeverLacksABase, (std::uint64_t seed)) {
  SessionShape shape = any_shape();
  shape.misfortune.doubled = 0.2;
  shape.misfortune.lost = *rc::gen::element(0.0, 0.1);
  if (shape.misfortune.lost > 0) shape.windowed = 0;  // what copies from a lost batch is rejected
  UnreliableSession session(shape, seed);
  run_to_the_end(session);
  RC_ASSERT(session.rejected() == 0u);
  check_memories(session);
}

RC_GTEST_PROP(Hde, EveryMisfortuneIsRepaired, (std::uint64_t seed)) {
  SessionShape shape = any_shape();
  shape.misfortune = {
      .lost = 0.1, .doubled = 0.1, .damaged = 0.1, .impatient = 0.2, .base_forgotten = 0.1, .base_damaged = 0.1};
  UnreliableSession session(shape, seed);
  run_to_the_end(session);
  check_memories(session);
}

RC_GTEST_PROP(Hde, AReceiverWithASmallCacheStillGetsEverything, (std::uint64_t seed)) {
  SessionShape shape = any_shape();
  shape.receiver_cache = *rc::gen::element(Bytes(1), Bytes(10 * 4300), MiB(2));
  shape.misfortune.doubled = 0.1;
  UnreliableSession session(shape, seed);
  run_to_the_end(session);
  check_memories(session);
}

// Guards the properties above: the sessions do reach the encodings that they are about.
TEST(Hde, SessionsReachEveryClassAndEveryRejection) {
  ClassStats reached;
  std::uint64_t rejected = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SessionShape shape;
    shape.misfortune = {.lost = 0.1, .doubled = 0.1, .damaged = 0.1, .base_forgotten = 0.1, .base_damaged = 0.1};
    UnreliableSession session(shape, seed);
    for (int i = 0; i < 300; ++i) session.step();
    session.finish(rounds_max);
    reached += session.stats();
    rejected += session.rejected();
  }
  for (std::size_t i = 0; i < page_class_count; ++i) EXPECT_GT(reached.by_class[i].pages, 20u) << i;
  EXPECT_GT(rejected, 20u);
  EXPECT_GT(reached.matched, MiB(1));
}

}  // namespace
}  // namespace dwcp::hde
