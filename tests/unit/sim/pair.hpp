// Two hosts, "left" and "right", joined by one link: what most tests of the simulated platform need.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "engine/platform/deadline.hpp"
#include "sim/world.hpp"

namespace dwcp::sim {

using namespace std::chrono_literals;
using platform::Platform;

// The same tests hold for both ways to carry streams: their sources are compiled into a second program.
#ifdef DWCP_TEST_FLOW
constexpr Fidelity fidelity = Fidelity::flow;
#else
constexpr Fidelity fidelity = Fidelity::packet;
#endif

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr TimePoint at_time(Duration d) { return TimePoint(d); }

struct Pair {
  explicit Pair(const WireOptions& wire = {.rate = BitRate(1'000'000'000), .delay = 10ms}, std::uint64_t seed = 1)
      : world({.seed = seed, .fidelity = fidelity}),
        left(world.add_host("left")),
        right(world.add_host("right")),
        link(world.add_link(left, right, wire)) {}

  // Runs until both programs' main coroutines ended; fails the test when one threw or the time is over.
  void finish(const std::vector<Program*>& programs, Duration limit = 600s) {
    const Outcome outcome = world.run_until(
        [&] { return std::ranges::all_of(programs, [](Program* p) { return p->finished(); }); }, at_time(limit));
    for (Program* p : programs) EXPECT_NO_THROW(p->rethrow_failure()) << p->name();
    EXPECT_EQ(outcome, Outcome::reached) << to_string(outcome) << ", last turn at "
                                         << dwcp::to_string(world.last_turn().time_since_epoch());
  }
  platform::Endpoint right_port(std::uint16_t port) const { return world.endpoint(right, port); }

  World world;
  Machine& left;
  Machine& right;
  Link& link;
};

inline platform::Endpoint any(std::uint16_t port) { return {boost::asio::ip::address_v4::any(), port}; }

// The byte at `position` of a stream that every test can compute again.
inline std::byte pattern(std::uint64_t position, std::uint64_t stream = 0) {
  return static_cast<std::byte>(((position + stream * 977) * 2654435761u) >> 13);
}
inline void fill_pattern(MutableByteSpan bytes, std::uint64_t position, std::uint64_t stream = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern(position + i, stream);
}
inline bool is_pattern(ByteSpan bytes, std::uint64_t position, std::uint64_t stream = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != pattern(position + i, stream)) return false;
  return true;
}

inline Task<void> send_pattern(platform::Stream& stream, Bytes total, std::size_t chunk = 1 << 18,
                               std::uint64_t number = 0) {
  ByteVector buffer(chunk);
  for (std::uint64_t sent = 0; sent < total.value;) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, total.value - sent));
    fill_pattern(MutableByteSpan(buffer).first(n), sent, number);
    sent += co_await asio::async_write(stream, asio::buffer(buffer.data(), n), asio::use_awaitable);
  }
}

struct Received {
  std::uint64_t bytes = 0;
  bool right_content = true;
  ErrorCode end;
};
// Reads to the end of the stream or its failure.
inline Task<Received> receive_pattern(platform::Stream& stream, std::size_t chunk = 1 << 18, std::uint64_t number = 0) {
  Received received;
  ByteVector buffer(chunk);
  for (;;) {
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(buffer), as_result);
    received.right_content = received.right_content && is_pattern(ByteSpan(buffer).first(n), received.bytes, number);
    received.bytes += n;
    if (error) {
      received.end = error;
      co_return received;
    }
  }
}

}  // namespace dwcp::sim
