#include "scenarios/format/rate_trace.hpp"

#include <gmock/gmock.h>

namespace dwcp::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(RateTrace, SecondsAndMegabits) {
  const auto trace = parse_rate_trace("0.0\t2.29\n1.01 0\r\n\n2.5   1e2  \n");
  ASSERT_TRUE(trace) << trace.error().message();
  EXPECT_THAT(*trace, ElementsAre(RateSample{0s, BitRate(2'290'000)}, RateSample{1010ms, traced_rate_min},
                                  RateSample{2500ms, BitRate(100'000'000)}));
  EXPECT_EQ(length_of(*trace), 3990ms);
  EXPECT_EQ(length_of(parse_rate_trace("3 1").value()), 4s);
}

TEST(RateTrace, WhatIsWrongIsToldWithItsLine) {
  for (const auto& [text, told] :
       std::initializer_list<std::pair<const char*, const char*>>{{"", "no sample"},
                                                                  {"0 1\nx 2", "line 2: two numbers"},
                                                                  {"0 1 2", "line 1: two numbers"},
                                                                  {"0", "line 1: two numbers"},
                                                                  {"1.5.5", "line 1: two numbers"},
                                                                  {"0 -1", "line 1: Mbit/s from 0"},
                                                                  {"-1 1", "line 1: seconds from 0"},
                                                                  {"nan 1", "line 1: seconds from 0"},
                                                                  {"0 inf", "line 1: Mbit/s from 0"},
                                                                  {"1 1\n1 2", "line 2: times must ascend"}}) {
    const auto trace = parse_rate_trace(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_THAT(trace.error().detail, HasSubstr(told)) << text;
  }
  EXPECT_THAT(load_rate_trace("/dev/null").error().detail, HasSubstr("'/dev/null', there is no sample"));
  EXPECT_THAT(load_rate_trace("/").error().detail, HasSubstr("'/' cannot be read"));
  EXPECT_THAT(load_rate_trace("/nowhere/x.log").error().detail, HasSubstr("'/nowhere/x.log' cannot be read"));
}

}  // namespace
}  // namespace dwcp::scenarios
