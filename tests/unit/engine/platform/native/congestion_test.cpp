#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/native/tcp_tuning.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::platform::native {
namespace {

enum Outcome : int { as_asked = 0, otherwise = 1, no_namespace = 2, failed = 3 };

constexpr const char* cubic_route =
    "ip link set lo up 2>/dev/null && ip route replace local 127.0.0.1 dev lo table local congctl cubic 2>/dev/null";

Task<void> take(NativePlatform& platform, Listener& listener, std::optional<Stream>& into) {
  into = co_await listener.accept(platform.lane(0));
}

Task<void> ask_for_bbr(NativePlatform& platform, Outcome& outcome) {
  const StreamOptions options{.congestion = CongestionControl::bbr};
  const auto listener = platform.listen({asio::ip::address_v4::loopback(), 0}, options);
  std::optional<Stream> accepted;
  Scope scope(platform, platform.control());
  scope.spawn(take(platform, *listener, accepted));
  const Stream dialled = co_await platform.connect(listener->local(), options, platform.lane(0));
  co_await scope.join();
  const bool both = dialled.path_sample().congestion == CongestionControl::bbr &&
                    accepted->path_sample().congestion == CongestionControl::bbr;
  outcome = both ? as_asked : otherwise;
}

// In a process of its own: a network namespace belongs to threads, and the platform's are to begin in the new one.
Outcome on_a_host_whose_routes_say_cubic() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return no_namespace;
  if (std::system(cubic_route) != 0) return no_namespace;
  Outcome outcome = failed;
  NativePlatform platform({.lanes = 1, .compute_threads = 1});
  platform.run(ask_for_bbr(platform, outcome));
  return outcome;
}

TEST(NativeCongestion, WhatWasAskedForHoldsAgainstTheRoute) {
  if (!offers(CongestionControl::bbr) || !offers(CongestionControl::cubic)) GTEST_SKIP() << "needs bbr and cubic";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Outcome outcome = failed;
    try {
      outcome = on_a_host_whose_routes_say_cubic();
    } catch (const std::exception&) {
    }
    std::_Exit(outcome);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == no_namespace) GTEST_SKIP() << "needs a network namespace, and ip (package iproute2)";
  EXPECT_EQ(WEXITSTATUS(status), as_asked);
}

TEST(NativeCongestion, ALongPathGetsBbrWhereTheHostHasIt) {
  const bool has = offers(CongestionControl::bbr);
  EXPECT_EQ(suitable_for(far_rtt), has ? CongestionControl::bbr : CongestionControl::platform_default);
  EXPECT_EQ(suitable_for(far_rtt / 2), CongestionControl::platform_default);
}

}  // namespace
}  // namespace dwcp::platform::native
