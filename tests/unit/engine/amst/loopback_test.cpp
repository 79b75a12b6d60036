// Two sessions in one process over the kernel's sockets.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace dwcp::amst
