#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

// One packet of `payload` bytes over the link.
Duration one_way(const Link& link, std::size_t payload) {
  const auto& o = link.wire(Direction::forward).options();
  return o.delay + transfer_time(Bytes(payload) + tcp_header_size, o.rate);
}

TEST(Stream, ConnectTakesOneRoundTrip) {
  Pair pair;
  TimePoint connected{};
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    connected = p.now();
    EXPECT_EQ(stream.remote(), pair.right_port(4700));
    EXPECT_EQ(stream.local().address, pair.left.addresses().front().address);
  });
  pair.finish({&server, &client});
  // SYN and SYN+ACK carry more options and no payload: 20 ms and the time of two small packets.
  EXPECT_GT(connected, at_time(20ms));
  EXPECT_LT(connected, at_time(20ms + 2us));
}

TEST(Stream, EchoTakesOneRoundTripMore) {
  Pair pair;
  Duration round_trip{};
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    char text[5];
    co_await asio::async_read(stream, asio::buffer(text), asio::use_awaitable);
    co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
    co_await stream.async_read_some(asio::buffer(text), as_result);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    const TimePoint start = p.now();
    char text[5] = {};
    co_await asio::async_write(stream, asio::buffer("hello", 5), asio::use_awaitable);
    co_await asio::async_read(stream, asio::buffer(text), asio::use_awaitable);
    EXPECT_EQ(std::string_view(text, 5), "hello");
    round_trip = p.now() - start;
  });
  pair.finish({&server, &client});
  // Both ways a bare acknowledgement goes ahead, of the handshake and of the request; the flow model has none.
  const Duration acknowledgement = one_way(pair.link, 0) - 10ms;
  EXPECT_EQ(round_trip, 2 * (one_way(pair.link, 5) + (fidelity == Fidelity::packet ? acknowledgement : 0ns)));
}

TEST(Stream, BulkArrivesWholeAndInOrder) {
  Pair pair;
  constexpr Bytes total = MiB(64);
  Received received;
  TimePoint done{};
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    received = co_await receive_pattern(stream);
    done = p.now();
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    co_await send_pattern(stream, total);
    stream.shutdown_send();
    char byte;
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(error, asio::error::eof);
  });
  pair.finish({&server, &client});
  EXPECT_EQ(received.bytes, total.value);
  EXPECT_TRUE(received.right_content);
  EXPECT_EQ(received.end, asio::error::eof);
  EXPECT_GT(rate_of(total, done.time_since_epoch()), BitRate(700'000'000));
  EXPECT_LT(rate_of(total, done.time_since_epoch()), BitRate(1'000'000'000));
}

TEST(Stream, ConnectIsRefusedWhereNobodyListens) {
  Pair pair;
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    ErrorCode error;
    try {
      co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    } catch (const boost::system::system_error& e) {
      error = e.code();
    }
    EXPECT_EQ(error, asio::error::connection_refused);
    EXPECT_LT(p.now(), at_time(21ms));
  });
  pair.finish({&client});
}

TEST(Stream, ConnectGivesUpWhenNobodyAnswers) {
  Pair pair;
  pair.link.cut();
  ErrorCode error;
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    try {
      co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    } catch (const boost::system::system_error& e) {
      error = e.code();
    }
  });
  pair.finish({&client});
  EXPECT_EQ(error, asio::error::timed_out);
  EXPECT_GT(pair.world.now(), at_time(60s));
}

TEST(Stream, ConnectWithoutARouteFailsAtOnce) {
  Pair pair;
  auto& island = pair.world.add_host("island");
  auto& client = pair.world.start(island, "client", [&](Platform& p) -> Task<void> {
    ErrorCode error;
    try {
      co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    } catch (const boost::system::system_error& e) {
      error = e.code();
    }
    EXPECT_EQ(error, asio::error::network_unreachable);
    EXPECT_EQ(p.now(), at_time(0s));
  });
  pair.finish({&client});
}

TEST(Stream, ADeadlineEndsConnectAndTheStreamIsGone) {
  Pair pair;
  pair.link.cut();
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    ErrorCode error;
    try {
      co_await platform::with_deadline(p, 250ms, "connect", p.connect(pair.right_port(4700), {}, p.lane(0)));
    } catch (const Error& e) {
      error = e.code();
    }
    EXPECT_EQ(error, Errc::timed_out);
    EXPECT_EQ(p.now(), at_time(250ms));
  });
  pair.finish({&client});
}

TEST(Stream, ADeadlineEndsAReadAndTheNextReadGetsTheData) {
  Pair pair;
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await platform::sleep_until(p, at_time(1s));
    co_await asio::async_write(stream, asio::buffer("late", 4), asio::use_awaitable);
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    char text[4];
    const TimePoint start = p.now();
    bool timed_out = false;
    try {
      co_await platform::with_deadline(p, 100ms, "read",
                                       asio::async_read(stream, asio::buffer(text), asio::use_awaitable));
    } catch (const Error& e) {
      timed_out = e.code() == Errc::timed_out;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_EQ(p.now() - start, 100ms);
    const auto n = co_await platform::with_deadline(p, 10s, "read",
                                                    asio::async_read(stream, asio::buffer(text), asio::use_awaitable));
    EXPECT_EQ(std::string_view(text, n), "late");
    EXPECT_GE(p.now(), at_time(1s + 10ms));
    EXPECT_LT(p.now(), at_time(1s + 11ms));
  });
  pair.finish({&server, &client});
}

TEST(Stream, CloseEndsPendingOperationsAndLaterOnesFail) {
  Pair pair;
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await receive_pattern(stream);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    char byte;
    ErrorCode pending;
    stream.async_read_some(asio::buffer(&byte, 1), [&](ErrorCode error, std::size_t) { pending = error; });
    stream.close();
    EXPECT_FALSE(pending);  // never inline
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(pending, asio::error::operation_aborted);
    EXPECT_EQ(error, asio::error::bad_descriptor);
    const auto [write_error, m] = co_await stream.async_write_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(write_error, asio::error::bad_descriptor);
    stream.close();
  });
  pair.finish({&server, &client});
}

// What was accepted before close() still arrives.
TEST(Stream, DataWrittenBeforeCloseArrivesDespiteLoss) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 25ms, .loss = LossOptions::independent(0.02)});
  constexpr Bytes total = MiB(4);
  Received received;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    received = co_await receive_pattern(stream);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    co_await send_pattern(stream, total);
    stream.close();
  });
  pair.finish({&server, &client});
  EXPECT_EQ(received.bytes, total.value);
  EXPECT_TRUE(received.right_content);
  EXPECT_EQ(received.end, asio::error::eof);
}

TEST(Stream, ASlowReaderHoldsTheWriterBackAndLosesNothing) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = 5ms});
  constexpr Bytes total = MiB(24);
  platform::StreamOptions small;
  small.receive_buffer = KiB(256);
  Received received;
  std::uint64_t read = 0, ahead_max = 0;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), small);
    auto stream = co_await listener->accept(p.lane(0));
    ByteVector buffer(KiB(64).value);
    for (bool right = true; read < total.value;) {
      const auto n = co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      right = right && is_pattern(ByteSpan(buffer).first(n), read);
      EXPECT_TRUE(right);
      read += n;
      co_await platform::sleep_for(p, 2ms);  // 32 MiB/s at most
    }
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    ByteVector buffer(KiB(64).value);
    for (std::uint64_t sent = 0; sent < total.value; sent += buffer.size()) {
      fill_pattern(buffer, sent);
      co_await asio::async_write(stream, asio::buffer(buffer), asio::use_awaitable);
      ahead_max = std::max(ahead_max, sent + buffer.size() - read);
    }
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
  pair.finish({&server, &client});
  EXPECT_EQ(read, total.value);
  EXPECT_LE(ahead_max, KiB(256 + 256 + 128).value);  // receive buffer, unsent data, what both hold
  // The reader is never idle for long: the window opens as it reads.
  EXPECT_LT(pair.world.now(), at_time(1500ms));
}

// More than a segment from many small buffers, and small pieces of a segment.
TEST(Stream, GatherAndScatterKeepTheOrder) {
  Pair pair;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    ByteVector a(7), b(20'000), c(1);
    std::uint64_t read = 0;
    for (; read < 100'000;) {
      const std::array<asio::mutable_buffer, 3> parts = {asio::buffer(a), asio::buffer(b), asio::buffer(c)};
      const auto n = co_await asio::async_read(stream, parts, asio::use_awaitable);
      EXPECT_EQ(n, 20'008u);
      EXPECT_TRUE(is_pattern(a, read));
      EXPECT_TRUE(is_pattern(b, read + 7));
      EXPECT_TRUE(is_pattern(c, read + 20'007));
      read += n;
    }
    EXPECT_EQ(read, 100'040u);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    ByteVector data(100'040);
    fill_pattern(data, 0);
    std::vector<asio::const_buffer> parts;
    for (std::size_t at = 0, size = 1; at < data.size(); at += size, size = size * 3 % 5000 + 1)
      parts.push_back(asio::buffer(data.data() + at, std::min(size, data.size() - at)));
    EXPECT_EQ(co_await asio::async_write(stream, parts, asio::use_awaitable), data.size());
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
  pair.finish({&server, &client});
}

TEST(Stream, PathSampleTellsThePath) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 20ms});
  platform::PathSample sample;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await receive_pattern(stream);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    platform::StreamOptions options;
    options.congestion = platform::CongestionControl::bbr;
    auto stream = co_await p.connect(pair.right_port(4700), options, p.lane(0));
    co_await send_pattern(stream, MiB(16));
    sample = stream.path_sample();
  });
  pair.finish({&server, &client});
  EXPECT_GE(sample.rtt_min, 40ms);
  EXPECT_LT(sample.rtt_min, 45ms);
  EXPECT_GE(sample.rtt_smoothed, sample.rtt_min);
  EXPECT_GT(sample.delivery_rate, BitRate(80'000'000));
  EXPECT_LE(sample.delivery_rate, BitRate(101'000'000));
  EXPECT_EQ(sample.congestion, platform::CongestionControl::bbr);
  EXPECT_GT(sample.unacknowledged, Bytes(0));
}

TEST(Listener, TakesAFreePortAndRefusesATakenOne) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    auto first = p.listen(any(0), {});
    EXPECT_GT(first->local().port, 0);
    EXPECT_THROW(p.listen(any(first->local().port), {}), boost::system::system_error);
    const auto port = first->local().port;
    first.reset();
    EXPECT_EQ(p.listen(any(port), {})->local().port, port);
    co_return;
  });
  pair.finish({&program});
}

TEST(Listener, CloseEndsAcceptAndALaterConnectIsRefused) {
  Pair pair;
  std::unique_ptr<platform::Listener> listener;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    listener = p.listen(any(4700), {});
    ErrorCode error;
    try {
      co_await listener->accept(p.lane(0));
    } catch (const boost::system::system_error& e) {
      error = e.code();
    }
    EXPECT_EQ(error, asio::error::operation_aborted);
  });
  pair.world.at(at_time(1s), [&] { listener.reset(); });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    co_await platform::sleep_until(p, at_time(2s));
    EXPECT_THROW(co_await p.connect(pair.right_port(4700), {}, p.lane(0)), boost::system::system_error);
  });
  pair.finish({&server, &client});
}

TEST(Listener, ConnectionsWithinOneMachineWork) {
  Pair pair;
  auto& server = pair.world.start(pair.left, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await send_pattern(stream, MiB(1));
  });
  Received received;
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.world.endpoint(pair.left, 4700), {}, p.lane(0));
    received = co_await receive_pattern(stream);
  });
  pair.finish({&server, &client});
  EXPECT_EQ(received.bytes, MiB(1).value);
  EXPECT_TRUE(received.right_content);
}

}  // namespace
}  // namespace dwcp::sim
