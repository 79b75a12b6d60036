#include "sim/isolate.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace dwcp::sim {
namespace {

using namespace std::chrono_literals;
using End = IsolatedResult::End;

ByteVector bytes_of(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

TEST(Isolate, BringsBackALargeResult) {
  const ByteVector large(MiB(3).value, std::byte{42});
  const auto result = run_isolated([&] { return large; }, 60s);
  EXPECT_EQ(result.end, End::returned) << result.detail;
  EXPECT_TRUE(result.bytes == large);
}

TEST(Isolate, TellsExceptionsSignalsAndExits) {
  const auto threw = run_isolated([]() -> ByteVector { throw std::runtime_error("for the test"); }, 60s);
  EXPECT_EQ(threw.end, End::threw);
  EXPECT_EQ(threw.detail, "for the test");
  const auto killed = run_isolated(
      []() -> ByteVector {
        raise(SIGKILL);
        return {};
      },
      60s);
  EXPECT_EQ(killed.end, End::crashed);
  EXPECT_NE(killed.detail.find("signal 9"), std::string::npos) << killed.detail;
  const auto left = run_isolated([]() -> ByteVector { _exit(77); }, 60s);
  EXPECT_EQ(left.end, End::crashed);
  EXPECT_EQ(left.detail, "exit status 77");
}

TEST(Isolate, EndsWhatTakesTooLong) {
  const auto result = run_isolated(
      []() -> ByteVector {
        for (;;) pause();
      },
      50ms);
  EXPECT_EQ(result.end, End::timed_out) << result.detail;
}

TEST(Isolate, RunsAllWithSeveralJobs) {
  std::vector<std::string> results(20);
  run_isolated(
      results.size(), 4, 60s, [](std::size_t i) { return bytes_of("seed " + std::to_string(i)); },
      [&](std::size_t i, IsolatedResult r) {
        results[i] = as_text(r.bytes);
        return true;
      });
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], "seed " + std::to_string(i));
}

TEST(Isolate, StopsWhenTold) {
  std::size_t ended = 0;
  run_isolated(
      1000, 2, 60s, [](std::size_t) { return ByteVector{}; }, [&](std::size_t, IsolatedResult) { return ++ended < 3; });
  EXPECT_EQ(ended, 3u);
}

}  // namespace
}  // namespace dwcp::sim
