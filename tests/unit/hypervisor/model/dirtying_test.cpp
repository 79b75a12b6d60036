#include "hypervisor/model/dirtying.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace dwcp::model {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t ram_pages = 1 << 16;
constexpr double page_rate = 10'000;  // writes each second
const BitRate rate(static_cast<std::uint64_t>(page_rate) * 4096 * 8);

TimePoint at(double seconds) { return TimePoint(from_seconds(seconds)); }

std::size_t writes(Dirtying& dirtying, double from, double to, double speed = 1) {
  dirtying.run(at(from), at(to), speed);
  return dirtying.take().size();
}

TEST(Dirtying, WritesAtItsMeanRate) {
  using enum DirtyPattern;
  for (const auto pattern : {constant, bursty, sinusoidal, zipf}) {
    Dirtying dirtying({.pattern = pattern, .rate = rate, .period = std::chrono::seconds(2)}, ram_pages, 1);
    double sum = 0;
    for (int i = 0; i < 1000; ++i) sum += static_cast<double>(writes(dirtying, i * 0.01, (i + 1) * 0.01));
    EXPECT_NEAR(sum, page_rate * 10, page_rate * 10 * 0.001) << static_cast<int>(pattern);
  }
}

TEST(Dirtying, ConstantIsEvenInTime) {
  Dirtying dirtying({.pattern = DirtyPattern::constant, .rate = rate}, ram_pages, 1);
  for (int i = 0; i < 20; ++i) EXPECT_NEAR(static_cast<double>(writes(dirtying, i * 0.1, (i + 1) * 0.1)), 1000, 1);
}

TEST(Dirtying, BurstyWritesInTheFirstPartOfEachPeriod) {
  Dirtying dirtying({.pattern = DirtyPattern::bursty, .rate = rate, .period = std::chrono::seconds(2), .burst = 0.25},
                    ram_pages, 1);
  for (int period = 0; period < 3; ++period) {
    EXPECT_NEAR(static_cast<double>(writes(dirtying, period * 2, period * 2 + 0.5)), 2 * page_rate, 1);
    EXPECT_LE(writes(dirtying, period * 2 + 0.5, period * 2 + 2), 1u);
  }
}

TEST(Dirtying, SinusoidalSwingsBetweenNothingAndTwiceTheMean) {
  Dirtying dirtying({.pattern = DirtyPattern::sinusoidal, .rate = rate, .period = std::chrono::seconds(4)}, ram_pages,
                    1);
  EXPECT_NEAR(static_cast<double>(writes(dirtying, 0.99, 1.01)), 2 * page_rate * 0.02, 2);
  EXPECT_LE(writes(dirtying, 2.99, 3.01), 2u);
}

TEST(Dirtying, ThrottledVcpusWriteLess) {
  Dirtying dirtying({.pattern = DirtyPattern::constant, .rate = rate}, ram_pages, 1);
  EXPECT_NEAR(static_cast<double>(writes(dirtying, 0, 1, 0.3)), page_rate * 0.3, 1);
  EXPECT_NEAR(static_cast<double>(writes(dirtying, 1, 2, 0.01)), page_rate * 0.01, 1);
}

TEST(Dirtying, StaysInItsWorkingSet) {
  Dirtying dirtying({.pattern = DirtyPattern::constant, .rate = rate, .working_set = page_size * 100}, ram_pages, 1);
  dirtying.run(at(0), at(0.08), 1);
  std::set<std::uint64_t> frames;
  for (const Frame frame : dirtying.take()) frames.insert(frame.value);
  EXPECT_GT(frames.size(), 95u);
  EXPECT_LE(frames.size(), 100u);
  EXPECT_LT(*frames.rbegin() - *frames.begin(), 100u);
}

TEST(Dirtying, ZipfIsAsHotAsItsExponentSays) {
  constexpr std::uint64_t set = 1000;
  constexpr double exponent = 0.9;
  Dirtying dirtying({.pattern = DirtyPattern::zipf, .rate = rate, .working_set = page_size * set, .exponent = exponent},
                    ram_pages, 1);
  std::map<std::uint64_t, double> hits;
  double draws = 0;
  for (int i = 0; i < 500; ++i) {
    dirtying.run(at(i * 0.1), at((i + 1) * 0.1), 1);
    for (const Frame frame : dirtying.take()) ++hits[frame.value], ++draws;
  }
  std::vector<double> shares;
  for (const auto& [frame, count] : hits) shares.push_back(count / draws);
  std::ranges::sort(shares, std::greater());
  double norm = 0;
  for (std::uint64_t rank = 1; rank <= set; ++rank) norm += std::pow(rank, -exponent);
  for (const std::size_t rank : {1u, 2u, 10u, 100u})
    EXPECT_NEAR(shares.at(rank - 1), std::pow(rank, -exponent) / norm, 0.1 * std::pow(rank, -exponent) / norm);
  EXPECT_EQ(hits.size(), set);
}

TEST(Dirtying, IsBoundedAfterALongTime) {
  Dirtying dirtying({.pattern = DirtyPattern::constant, .rate = rate, .working_set = page_size * 100}, ram_pages, 1);
  EXPECT_EQ(writes(dirtying, 0, 1e6), 100 * Dirtying::draws_per_page_max);
  EXPECT_LE(writes(dirtying, 1e6, 1e6 + 0.0001), 2u);
}

TEST(Dirtying, IsDeterministic) {
  const DirtyProfile profile{.pattern = DirtyPattern::zipf, .rate = rate};
  Dirtying a(profile, ram_pages, 7), b(profile, ram_pages, 7), c(profile, ram_pages, 8);
  for (auto* each : {&a, &b, &c}) each->run(at(0), at(0.1), 1);
  const auto first = a.take();
  EXPECT_EQ(first, b.take());
  EXPECT_NE(first, c.take());
}

TEST(DirtyProfile, NamesWhatIsWrong) {
  const auto words = [](DirtyProfile profile) {
    profile.pattern = DirtyPattern::bursty;
    return profile.check().error().message();
  };
  EXPECT_NE(words({.period = Duration(0)}).find("period"), std::string::npos);
  EXPECT_NE(words({.burst = 1.5}).find("burst"), std::string::npos);
  EXPECT_NE(words({.exponent = 5}).find("exponent"), std::string::npos);
  EXPECT_NE(words({.working_set = Bytes(1)}).find("working set"), std::string::npos);
}

// ---- traces of real guests

TEST(DirtyTrace, SaysWhatWasWrittenWhen) {
  const auto trace = DirtyTrace::parse("# a remark\n1.0 7 3+2\n\n3 # nothing\n4\t9\n");
  ASSERT_TRUE(trace) << trace.error().message();
  EXPECT_EQ(trace->length(), 4s);
  EXPECT_EQ(trace->pages(), 5u);
  EXPECT_EQ(trace->written_by(0s), 0u);
  EXPECT_EQ(trace->written_by(500ms), 2u);
  EXPECT_EQ(trace->written_by(1s), 4u);
  EXPECT_EQ(trace->written_by(3s), 4u);
  EXPECT_EQ(trace->written_by(4s), 5u);
  EXPECT_EQ(trace->written_by(9s), 14u);
  EXPECT_EQ(trace->page(0), 7u);
  EXPECT_EQ(trace->page(3), 5u);
  EXPECT_EQ(trace->page(9), 9u);
}

TEST(DirtyTrace, WhatIsWrongIsToldWithItsLine) {
  for (const auto& [text, told] :
       std::initializer_list<std::pair<const char*, const char*>>{{"", "no page"},
                                                                  {"1", "no page"},
                                                                  {"x 1", "line 1: seconds"},
                                                                  {"0 1", "line 1: seconds"},
                                                                  {"1e-10 1", "line 1: seconds"},
                                                                  {"nan 1", "line 1: seconds"},
                                                                  {"1 2\n1 2", "line 2: times must ascend"},
                                                                  {"1 2\n1.0009 2", "line 2: times must ascend"},
                                                                  {"1 -2", "line 1: pages"},
                                                                  {"1 2+", "line 1: pages"},
                                                                  {"1 2+x", "line 1: pages"},
                                                                  {"1 2147483648", "line 1: pages"},
                                                                  {"1 2147483647+1", "line 1: pages"},
                                                                  {"1 0+16000000", "line 1: more than"},
                                                                  {"1 0+99999999999999999999", "line 1: pages"}}) {
    const auto trace = DirtyTrace::parse(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_NE(trace.error().detail.find(told), std::string::npos) << text << ": " << trace.error().detail;
  }
  EXPECT_EQ(DirtyTrace::load("/dev/null").error().detail, "'/dev/null', no page was ever written");
  EXPECT_EQ(DirtyTrace::load("/").error().code, Errc::storage_failed);
  EXPECT_EQ(DirtyTrace::load("/nowhere/x.trace").error().code, Errc::not_found);
}

TEST(Dirtying, ReplaysATraceAgainAndAgainAsTheGuestGetsOn) {
  DirtyProfile profile;
  profile.pattern = DirtyPattern::trace;
  EXPECT_FALSE(profile.check());
  profile.trace = std::make_shared<DirtyTrace>(DirtyTrace::parse("1 0+3\n2 10 200").value());
  ASSERT_TRUE(profile.check());
  Dirtying dirtying(profile, 100, 1);
  EXPECT_TRUE(dirtying.active());
  const auto frames = [&](Duration from, Duration to, double speed) {
    dirtying.run(TimePoint(from), TimePoint(to), speed);
    std::vector<std::uint64_t> all;
    for (const Frame frame : dirtying.take()) all.push_back(frame.value);
    return all;
  };
  EXPECT_EQ(frames(0s, 500ms, 1), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(frames(500ms, 1500ms, 0.5), (std::vector<std::uint64_t>{2, 3}));  // throttled
  EXPECT_EQ(frames(2s, 3s, 1), (std::vector<std::uint64_t>{10, 0}));          // 200 is beyond the RAM
  EXPECT_EQ(frames(3s, 30s, 1).size(), 6u);                                   // not looked at for long
}

}  // namespace
}  // namespace dwcp::model
