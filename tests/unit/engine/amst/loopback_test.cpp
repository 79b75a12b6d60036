// Two sessions in one process over the kernel's sockets.
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <set>

#include "engine/amst/handshake.hpp"
#include "engine/amst/session.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::amst {
namespace {

using platform::native::NativePlatform;

const Identity client_identity{NodeId("left"), "test"};
const Identity server_identity{NodeId("right"), "test"};

struct Pair {
  std::shared_ptr<Session> client, server;
};

class Loopback : public ::testing::Test {
 protected:
  static constexpr Duration patience = std::chrono::seconds(60);

  void run(std::function<Task<void>()> body) {
    platform_.run(platform::with_deadline(platform_, patience, "test", body()));
  }
  Acceptor acceptor(SessionConfig config = {}) {
    return Acceptor(platform_, {{asio::ip::address_v4::loopback(), 0}}, server_identity, config);
  }
  Task<Pair> pair(Acceptor& acceptor, SessionConfig config = {}) {
    Pair p;
    p.client = co_await connect(platform_, acceptor.local(), client_identity, config);
    p.server = co_await acceptor.accept();
    co_return p;
  }

  NativePlatform platform_{{.root = ".", .lanes = 2, .compute_threads = 1, .seed = 7}};
};

Slice pattern(std::size_t size, unsigned salt) {
  ByteVector bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 131 + salt) & 0xff);
  return Slice::adopt(std::move(bytes));
}

template <class T>
Task<ErrorCode> error_of(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& error) {
    co_return error.code();
  }
  co_return ErrorCode{};
}

Task<void> take_message(std::shared_ptr<Session> session) { co_await session->receive_message(); }

Task<void> send_size(std::shared_ptr<Session> session, std::size_t size) {
  std::vector<Slice> payload(1, Slice::adopt(ByteVector(size)));
  co_await session->send({}, std::move(payload));
}

TEST_F(Loopback, ChunksArriveWholeAndAreAcknowledged) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    Pair p = co_await pair(listening);
    EXPECT_EQ(p.client->peer().node, server_identity.node);
    EXPECT_EQ(p.server->peer().node, client_identity.node);
    const Slice a = pattern(100'000, 1), b = pattern(300'001, 2);
    std::vector<Slice> list{a, b};
    const Sequence sequence = co_await p.client->send({Channel{7}, Priority::requested, false}, list);
    const Delivery delivery = co_await p.server->receive();
    EXPECT_EQ(delivery.sequence, sequence);
    EXPECT_EQ(delivery.channel, Channel{7});
    EXPECT_EQ(delivery.payload.size(), a.size() + b.size());
    if (delivery.payload.size() == a.size() + b.size()) {
      EXPECT_EQ(as_text(delivery.payload.sub(0, a.size()).bytes()), as_text(a.bytes()));
      EXPECT_EQ(as_text(delivery.payload.sub(a.size(), b.size()).bytes()), as_text(b.bytes()));
    }
    EXPECT_EQ(p.client->stats().payload_acknowledged, Bytes(0));
    p.server->release(delivery.sequence);
    co_await p.client->drained();
    EXPECT_EQ(p.client->stats().payload_acknowledged, Bytes(a.size() + b.size()));
    co_await p.client->close();
    EXPECT_EQ(p.client->ended().code, Errc::session_closed);
  });
}

// Sends `count` chunks that say their number, from a child coroutine.
Task<void> send_numbered(std::shared_ptr<Session> session, std::uint64_t count, Slice body) {
  for (std::uint64_t i = 1; i <= count; ++i) {
    FieldWriter head;
    head.put(i);
    std::vector<Slice> payload{Slice::adopt(head.take()), body};
    co_await session->send({}, std::move(payload));
  }
}

struct Taken {
  std::set<std::uint64_t> numbers;
  std::uint64_t chunks = 0, damaged = 0;
};

Task<void> take_numbered(std::shared_ptr<Session> session, std::uint64_t count, Slice body, Taken& taken) {
  while (taken.chunks < count) {
    const Delivery delivery = co_await session->receive();
    const ByteSpan bytes = delivery.payload.bytes();
    ++taken.chunks;
    if (bytes.size() == body.size() + 8) taken.numbers.insert(load_le<std::uint64_t>(bytes.data()));
    if (bytes.size() != body.size() + 8 || as_text(bytes.subspan(8)) != as_text(body.bytes())) ++taken.damaged;
    session->release(delivery.sequence);
  }
}

TEST_F(Loopback, BothDirectionsAtOnceOverManyStreams) {
  run([&]() -> Task<void> {
    SessionConfig config;
    config.streams = 16;
    config.send_window = config.receive_window = MiB(8);
    config.chunk_max = MiB(1);
    Acceptor listening = acceptor(config);
    Pair p = co_await pair(listening, config);
    const Slice body = pattern(200'000, 3);
    constexpr std::uint64_t count = 500;
    Taken at_server, at_client;
    {
      platform::Scope scope(platform_, platform_.control());
      scope.spawn(send_numbered(p.client, count, body));
      scope.spawn(send_numbered(p.server, count, body));
      scope.spawn(take_numbered(p.client, count, body, at_client));
      scope.spawn(take_numbered(p.server, count, body, at_server));
      co_await scope.join();
    }
    EXPECT_EQ(at_server.numbers.size(), count);
    EXPECT_EQ(at_client.numbers.size(), count);
    EXPECT_EQ(at_server.damaged + at_client.damaged, 0u);
    EXPECT_LE(p.server->stats().held_max, config.receive_window);
    co_await p.client->drained();
    co_await p.server->drained();
    co_await p.client->close();
    EXPECT_EQ(p.client->stats().bytes_resent, Bytes(0));
  });
}

TEST_F(Loopback, SmallChunksAreNotLostInBatches) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    Pair p = co_await pair(listening);
    const Slice body = pattern(100, 5);
    constexpr std::uint64_t count = 20'000;
    Taken taken;
    platform::Scope scope(platform_, platform_.control());
    scope.spawn(send_numbered(p.client, count, body));
    co_await take_numbered(p.server, count, body, taken);
    co_await scope.join();
    EXPECT_EQ(taken.numbers.size(), count);
    EXPECT_EQ(taken.damaged, 0u);
    co_await p.client->close();
  });
}

TEST_F(Loopback, MessagesGoBothWaysAndSurviveUntilTaken) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    Pair p = co_await pair(listening);
    ByteVector large(Limits::message_size_max, std::byte{9});
    co_await p.client->send_message(large);
    ByteVector answer(3, std::byte{1});
    co_await p.server->send_message(answer);
    EXPECT_EQ(co_await p.client->receive_message(), answer);
    co_await p.client->close();
    EXPECT_EQ(co_await p.server->receive_message(), large);
    EXPECT_EQ(co_await error_of(take_message(p.server)), make_error_code(Errc::session_closed));
  });
}

TEST_F(Loopback, WhatCannotBeSentIsRefusedAtOnce) {
  run([&]() -> Task<void> {
    SessionConfig small;
    small.chunk_max = KiB(64);
    Acceptor listening = acceptor(small);
    Pair p = co_await pair(listening);
    EXPECT_EQ(p.client->chunk_max(), KiB(64));
    EXPECT_EQ(co_await error_of(send_size(p.client, 64 * 1024 + 1)), make_error_code(Errc::frame_too_large));
    EXPECT_EQ(co_await error_of(send_size(p.client, 0)), make_error_code(Errc::bad_value));
    p.client->abort({Errc::cancelled, "enough"});
    EXPECT_EQ(co_await error_of(send_size(p.client, 1)), make_error_code(Errc::cancelled));
    EXPECT_EQ(co_await error_of(take_message(p.server)), make_error_code(Errc::cancelled));
    EXPECT_NE(p.server->ended().detail.find("enough"), std::string::npos);
  });
}

// Sends raw bytes to the acceptor; returns what it answers until it closes.
Task<ByteVector> talk(platform::Platform& p, Endpoint to, ByteVector bytes) {
  platform::Stream stream = co_await p.connect(to, {}, p.control());
  co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
  ByteVector answer(65536);
  const auto [error, n] = co_await asio::async_read(stream, asio::buffer(answer), asio::as_tuple(asio::use_awaitable));
  answer.resize(n);
  co_return answer;
}

wire::Hello hello(const platform::Platform& p) {
  wire::Hello h;
  h.connection = 1;
  h.terms = terms_of({}, client_identity, p);
  return h;
}

TEST_F(Loopback, APeerThatSpeaksNonsenseIsClosedAndTheNextServed) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    const Endpoint at = listening.local().front();
    ByteVector http(100, std::byte{'x'});
    EXPECT_TRUE((co_await talk(platform_, at, http)).empty());
    ByteVector damaged = wire::write(hello(platform_));
    damaged[30] ^= std::byte{1};
    const auto answer = wire::parse_reply(co_await talk(platform_, at, damaged));
    EXPECT_EQ(answer.has_error() ? answer.error().code : ErrorCode(), make_error_code(Errc::checksum_mismatch));
    Pair p = co_await pair(listening);
    co_await p.client->close();
  });
}

TEST_F(Loopback, AnotherVersionGetsAReadableRefusal) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    wire::Hello h = hello(platform_);
    h.versions = {7, 9};
    const auto answer = wire::parse_reply(co_await talk(platform_, listening.local().front(), wire::write(h)));
    EXPECT_TRUE(answer.has_error());
    if (!answer.has_error()) co_return;
    EXPECT_EQ(answer.error().code, Errc::version_mismatch);
    EXPECT_NE(answer.error().detail.find("7 to 9"), std::string::npos) << answer.error().detail;
  });
}

TEST_F(Loopback, AStreamWithoutProofDoesNotJoin) {
  run([&]() -> Task<void> {
    Acceptor listening = acceptor();
    const Endpoint at = listening.local().front();
    Pair p = co_await pair(listening);
    wire::Hello h = hello(platform_);
    h.role = wire::Role::data;
    h.connection = 500;
    h.session.fill(std::byte{7});
    auto answer = wire::parse_reply(co_await talk(platform_, at, wire::write(h)));
    EXPECT_EQ(answer.error().code, Errc::session_lost) << "an unknown session";
    co_await p.client->close();
  });
}

TEST_F(Loopback, AConfigurationThatCannotWorkIsNamed) {
  run([&]() -> Task<void> {
    SessionConfig config;
    config.receive_window = MiB(4);
    const std::vector<Endpoint> to(1, Endpoint{asio::ip::address_v4::loopback(), 9});
    try {
      co_await connect(platform_, to, client_identity, config);
      ADD_FAILURE() << "connected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::bad_configuration);
      EXPECT_NE(error.detail().find("receive_window"), std::string::npos) << error.detail();
    }
  });
}

}  // namespace
}  // namespace dwcp::amst
