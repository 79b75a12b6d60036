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
  // Both ways a bare acknowledgement goes ahead: of the handshake, and of the request.
  const Duration acknowledgement = one_way(pair.link, 0) - 10ms;
  EXPECT_EQ(round_trip, 2 * (one_way(pair.link, 5) + acknowledgement));
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

}  // namespace
}  // namespace dwcp::sim
