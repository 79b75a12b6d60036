#include "sim/datagram.hpp"

#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

constexpr Bytes udp_headers{28};

TEST(Datagram, AMessageTakesOneWayAndNamesItsSender) {
  Pair pair;
  auto& receiver = pair.world.start(pair.right, "receiver", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    std::array<char, 100> text{};
    platform::Endpoint from;
    const auto n = co_await socket.async_receive(asio::buffer(text), from, asio::use_awaitable);
    EXPECT_EQ(std::string_view(text.data(), n), "hello world");
    EXPECT_EQ(from, pair.world.endpoint(pair.left, 5001));
    EXPECT_EQ(p.now(), at_time(10ms + transfer_time(Bytes(11) + udp_headers, BitRate(1'000'000'000))));
    co_await socket.async_send(asio::buffer("back", 4), from, asio::use_awaitable);
  });
  auto& sender = pair.world.start(pair.left, "sender", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5001));
    const std::array<asio::const_buffer, 2> parts = {asio::buffer("hello ", 6), asio::buffer("world", 5)};
    EXPECT_EQ(co_await socket.async_send(parts, pair.right_port(5000), asio::use_awaitable), 11u);
    EXPECT_EQ(p.now(), at_time(0s));
    std::array<char, 2> text{};
    platform::Endpoint from;
    const auto n = co_await socket.async_receive(asio::buffer(text), from, asio::use_awaitable);
    EXPECT_EQ(std::string_view(text.data(), n), "ba");  // what does not fit is cut off
    EXPECT_EQ(from, pair.right_port(5000));
  });
  pair.finish({&receiver, &sender});
}

TEST(Datagram, MessagesAreLostAsTheLinkSays) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = 1ms, .loss = LossOptions::independent(0.2)});
  constexpr int sent = 2000;
  int received = 0;
  auto& receiver = pair.world.start(pair.right, "receiver", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    std::array<char, 100> text{};
    platform::Endpoint from;
    for (;; ++received) co_await socket.async_receive(asio::buffer(text), from, asio::use_awaitable);
  });
  auto& sender = pair.world.start(pair.left, "sender", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    for (int i = 0; i < sent; ++i) {
      co_await socket.async_send(asio::buffer("x", 1), pair.right_port(5000), asio::use_awaitable);
      co_await platform::sleep_for(p, 10us);
    }
    co_await platform::sleep_for(p, 1s);
  });
  pair.finish({&sender});
  EXPECT_GT(received, sent * 75 / 100);
  EXPECT_LT(received, sent * 85 / 100);
  EXPECT_TRUE(receiver.alive());
}

TEST(Datagram, AMessageLongerThanAPacketArrivesWhole) {
  Pair pair;
  constexpr std::size_t size = 40'000;
  auto& receiver = pair.world.start(pair.right, "receiver", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    ByteVector message(size + 1);
    platform::Endpoint from;
    const auto n = co_await socket.async_receive(asio::buffer(message), from, asio::use_awaitable);
    EXPECT_EQ(n, size);
    EXPECT_TRUE(is_pattern(ByteSpan(message).first(n), 0));
  });
  auto& sender = pair.world.start(pair.left, "sender", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5001));
    ByteVector message(size);
    fill_pattern(message, 0);
    co_await socket.async_send(asio::buffer(message), pair.right_port(5000), asio::use_awaitable);
  });
  pair.finish({&receiver, &sender});
  EXPECT_EQ(pair.link.wire(Direction::forward).counters().packets_delivered, 5u);
}

TEST(Datagram, AReceiveEndsByDeadlineAndByClose) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    EXPECT_THROW(p.datagram(any(5000)), boost::system::system_error);
    std::array<char, 4> text{};
    platform::Endpoint from;
    bool timed_out = false;
    try {
      co_await platform::with_deadline(p, 30ms, "receive",
                                       socket.async_receive(asio::buffer(text), from, asio::use_awaitable));
    } catch (const Error& e) {
      timed_out = e.code() == Errc::timed_out;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_EQ(p.now(), at_time(30ms));
    ErrorCode pending;
    socket.async_receive(asio::buffer(text), from, [&](ErrorCode error, std::size_t) { pending = error; });
    socket.close();
    const auto [error, n] = co_await socket.async_receive(asio::buffer(text), from, as_result);
    EXPECT_EQ(pending, asio::error::operation_aborted);
    EXPECT_EQ(error, asio::error::bad_descriptor);
    const ByteVector too_long(Datagram::message_size_max + 1);
    auto other = p.datagram(any(5000));
    const auto [send_error, m] = co_await other.async_send(asio::buffer(too_long), pair.right_port(1), as_result);
    EXPECT_EQ(send_error, asio::error::message_size);
  });
  pair.finish({&program});
}

}  // namespace
}  // namespace dwcp::sim
