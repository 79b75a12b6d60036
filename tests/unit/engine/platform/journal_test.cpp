#include "engine/platform/journal.hpp"

#include "engine/base/random.hpp"
#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

ByteVector record(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}
std::string texts(const Journal& journal) {
  std::string all;
  for (const auto& r : journal.recovered()) all += std::string(as_text(r)) + ";";
  return all;
}

TEST(Journal, WhatWasAppendedIsReadBack) {
  run_process([](Platform& p) -> Task<void> {
    {
      Journal journal = co_await Journal::open(p.storage(), "log");
      EXPECT_TRUE(journal.recovered().empty());
      co_await journal.append(as_bytes("one"));
      co_await journal.append({});
      co_await journal.append(ByteVector(Journal::record_size_max, std::byte{'x'}));
    }
    Journal journal = co_await Journal::open(p.storage(), "log");
    EXPECT_EQ(journal.recovered().size(), 3u);
    EXPECT_EQ(journal.recovered()[0], record("one"));
    EXPECT_TRUE(journal.recovered()[1].empty());
    EXPECT_EQ(journal.recovered()[2].size(), Journal::record_size_max);
    const auto too_long = [](Journal& j) -> Task<void> { co_await j.append(ByteVector(Journal::record_size_max + 1)); };
    const ErrorCode error = co_await error_of(too_long(journal));
    EXPECT_EQ(error, Errc::out_of_budget);
    co_await journal.append(as_bytes("four"));
    Journal again = co_await Journal::open(p.storage(), "log");
    EXPECT_EQ(again.recovered().size(), 4u);
  });
}

TEST(Journal, RewriteReplacesAllAndGoesOn) {
  run_process([](Platform& p) -> Task<void> {
    Journal journal = co_await Journal::open(p.storage(), "log");
    for (int i = 0; i < 10; ++i) co_await journal.append(as_bytes("old"));
    std::vector<ByteVector> fresh;
    fresh.push_back(record("a"));
    fresh.push_back(record("b"));
    co_await journal.rewrite(std::move(fresh));
    co_await journal.append(as_bytes("c"));
    Journal again = co_await Journal::open(p.storage(), "log");
    EXPECT_EQ(texts(again), "a;b;c;");
  });
}

TEST(Journal, DamageBeforeTheTailIsAnError) {
  sim::World world;
  sim::Program* program = nullptr;
  program = &world.start(world.add_host("host"), "test", [&](Platform& p) -> Task<void> {
    Journal journal = co_await Journal::open(p.storage(), "log");
    co_await journal.append(as_bytes("first"));
    co_await journal.append(as_bytes("second"));
    program->disk().corrupt("log", 10);  // in the first record's payload
    const auto open = [](Platform& q) -> Task<void> { co_await Journal::open(q.storage(), "log"); };
    const ErrorCode error = co_await error_of(open(p));
    EXPECT_EQ(error, Errc::storage_failed);
    program->disk().corrupt("log", 10);         // back
    program->disk().corrupt("log", 8 + 5 + 8);  // in the last record's: that is a torn tail
    Journal again = co_await Journal::open(p.storage(), "log");
    EXPECT_EQ(texts(again), "first;");
  });
  world.run_until([&] { return program->finished(); }, at_time(1h));
  EXPECT_NO_THROW(program->rethrow_failure());
}

TEST(Journal, AFailedAppendLosesNothingThatWasWrittenBefore) {
  sim::World world;
  sim::Program* program = nullptr;
  program = &world.start(world.add_host("host"), "test", [&](Platform& p) -> Task<void> {
    Journal journal = co_await Journal::open(p.storage(), "log");
    co_await journal.append(as_bytes("first"));
    program->disk().fail_next(sim::Disk::Operation::sync, 1);
    const ErrorCode error = co_await error_of(journal.append(as_bytes("a longer record that fails")));
    EXPECT_EQ(error, Errc::storage_failed);
    co_await journal.append(as_bytes("second"));
    Journal again = co_await Journal::open(p.storage(), "log");
    EXPECT_EQ(texts(again), "first;second;");
  });
  world.run_until([&] { return program->finished(); }, at_time(1h));
  EXPECT_NO_THROW(program->rethrow_failure());
}

// The machine crashes at a random time while records are appended; every disk may lose or tear what was not synced.
// Recovered is what was acknowledged, in order, and at most one record more: the one under way.
TEST(Journal, NoCrashTakesAnAcknowledgedRecord) {
  Random random(20);
  for (int round = 0; round < 200; ++round) {
    sim::DiskOptions disk;
    disk.lost = random.uniform() / 2;
    disk.torn = random.uniform() / 2;
    disk.sync = random.between(100us, 2ms);
    sim::World world({.seed = static_cast<std::uint64_t>(round) + 1});
    auto& host = world.add_host("host", {.disk = disk});
    std::vector<ByteVector> acknowledged;
    ByteVector under_way;
    bool rewriting = false;
    auto& program = world.start(host, "test", [&](Platform& p) -> Task<void> {
      Journal journal = co_await Journal::open(p.storage(), "log");
      auto expected = acknowledged;
      const bool was_rewriting = std::exchange(rewriting, false);
      if (journal.recovered().size() > expected.size()) {
        EXPECT_FALSE(was_rewriting);
        expected.push_back(under_way);
      }
      EXPECT_EQ(journal.recovered(), expected) << "round " << round;
      acknowledged = journal.recovered();
      Random sizes = p.random("sizes");
      for (int i = 0;; ++i) {
        under_way.assign(sizes.below(3000), static_cast<std::byte>(i));
        if (i % 10 == 9) {  // now and then the log is compacted to its last records
          rewriting = true;
          auto tail = acknowledged;
          co_await journal.rewrite(tail);
          rewriting = false;
        }
        co_await journal.append(under_way);
        acknowledged.push_back(under_way);
      }
    });
    TimePoint t{};
    for (int crash = 0; crash < 4; ++crash) {
      t += random.between(1ms, 40ms);
      world.at(t, [&] { world.crash(host); });
      world.at(t + 1ms, [&] { world.boot(host); });
    }
    world.run_until(t + 10ms);
    ASSERT_NO_THROW(program.rethrow_failure()) << "round " << round;
    ASSERT_EQ(program.lives(), 5u);
  }
}

}  // namespace
}  // namespace dwcp::platform
