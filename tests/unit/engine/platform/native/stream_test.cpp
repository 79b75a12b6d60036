#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <numeric>

#include "engine/platform/native/tcp_tuning.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

constexpr std::array algorithms{CongestionControl::bbr, CongestionControl::cubic};

class NativeStream : public NativeTest {
 protected:
  struct Pair {
    Stream client, server;  // on lanes 0 and 1
  };
  Task<Pair> connected(StreamOptions options = {}) {
    const auto listener = platform_.listen(loopback(), options);
    const Executor lane = platform_.lane(0);
    std::optional<Stream> client;
    Scope scope(platform_, platform_.control());
    scope.spawn(dial(listener->local(), options, lane, client));
    Stream server = co_await listener->accept(platform_.lane(1));
    co_await scope.join();
    co_return Pair{*client, server};
  }
  Task<void> dial(Endpoint to, StreamOptions options, Executor lane, std::optional<Stream>& into) {
    into = co_await on(lane, platform_.connect(to, options, lane));
  }
};

Task<void> echo(Stream stream) {
  ByteVector buffer(64 * 1024);
  ErrorCode ended;
  while (!ended) {
    std::size_t n = 0;
    try {
      n = co_await stream.async_read_some(asio::buffer(buffer));
    } catch (const boost::system::system_error& error) {
      ended = error.code();
    }
    if (!ended) co_await asio::async_write(stream, asio::buffer(buffer.data(), n), asio::use_awaitable);
  }
  EXPECT_EQ(ended, ErrorCode(asio::error::eof));
  stream.shutdown_send();
}

Task<void> receive_all_or_error(Stream stream) {
  std::byte b{};
  co_await stream.async_read_some(asio::buffer(&b, 1));
}

Task<void> send_all(Stream stream, ByteSpan bytes) {
  co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
  stream.shutdown_send();
}

Task<ByteVector> receive_all(Stream stream) {
  ByteVector all;
  ByteVector buffer(256 * 1024);
  for (;;) {
    try {
      const std::size_t n = co_await stream.async_read_some(asio::buffer(buffer));
      EXPECT_GT(n, 0U);
      all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    } catch (const boost::system::system_error& error) {
      EXPECT_EQ(error.code(), ErrorCode(asio::error::eof));
      co_return all;
    }
  }
}

ByteVector pattern(std::size_t size) {
  ByteVector bytes(size);
  Random random(1);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

TEST_F(NativeStream, EchoesAcrossLanes) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    EXPECT_EQ(pair.client.local(), pair.server.remote());
    EXPECT_EQ(pair.client.remote(), pair.server.local());
    const ByteVector sent = pattern(8 << 20);
    Scope scope(platform_, platform_.control());
    scope.spawn(platform_.lane(1), echo(pair.server));
    scope.spawn(platform_.lane(0), send_all(pair.client, sent));
    const ByteVector back = co_await on(platform_.lane(0), receive_all(pair.client));
    co_await scope.join();
    EXPECT_TRUE(back == sent);
  });
}

Task<void> receive_once(Stream stream, MutableByteSpan into, std::size_t& count) {
  count = co_await stream.async_read_some(asio::buffer(into.data(), into.size()));
}

Task<void> send_some(Stream stream, ByteSpan bytes) {
  co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
}

Task<void> nothing() { co_return; }

TEST_F(NativeStream, AReadIsNotWokenBelowTheLowWater) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const ByteVector sent = pattern(10'000);
    ByteVector got(20'000);
    std::size_t count = 0;
    pair.server.set_receive_low_water(10'000);
    Scope scope(platform_, platform_.control());
    scope.spawn(platform_.lane(1), receive_once(pair.server, got, count));
    for (int i = 0; i < 3; ++i) co_await on(platform_.lane(1), nothing());  // the read waits
    co_await on(platform_.lane(0), send_some(pair.client, ByteSpan(sent).first(9'999)));
    co_await sleep_for(platform_, std::chrono::milliseconds(20));
    co_await on(platform_.lane(0), send_some(pair.client, ByteSpan(sent).last(1)));
    co_await scope.join();
    EXPECT_EQ(count, 10'000U);
  });
}

TEST_F(NativeStream, TheEndIsToldBelowTheLowWater) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const ByteVector sent = pattern(100);
    pair.server.set_receive_low_water(10'000);
    Scope scope(platform_, platform_.control());
    scope.spawn(platform_.lane(0), send_all(pair.client, sent));
    const ByteVector got = co_await on(platform_.lane(1), receive_all(pair.server));
    co_await scope.join();
    EXPECT_TRUE(got == sent);
  });
}

TEST_F(NativeStream, RefusedConnectionThrows) {
  run([&]() -> Task<void> {
    Endpoint closed;
    {
      const auto listener = platform_.listen(loopback(), {});
      closed = listener->local();
    }
    const Executor lane = platform_.lane(0);
    const ErrorCode error = co_await error_of(on(lane, platform_.connect(closed, {}, lane)));
    EXPECT_EQ(error, ErrorCode(asio::error::connection_refused));
  });
}

TEST_F(NativeStream, AddressInUseThrows) {
  const auto first = platform_.listen(loopback(), {});
  EXPECT_THROW(platform_.listen(first->local(), {}), boost::system::system_error);
}

TEST_F(NativeStream, ClosedListenerAbortsAccept) {
  run([&]() -> Task<void> {
    const auto listener = platform_.listen(loopback(), {});
    asio::post(platform_.control(), [&] { listener->close(); });
    const ErrorCode error = co_await error_of(listener->accept(platform_.lane(0)));
    EXPECT_EQ(error, ErrorCode(asio::error::operation_aborted));
  });
}

TEST_F(NativeStream, ScopeCancelsPendingRead) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    Scope scope(platform_, platform_.control());
    ErrorCode error;
    scope.spawn(platform_.lane(0), [](Stream stream, ErrorCode& ended) -> Task<void> {
      std::byte b{};
      ended = co_await error_of([](Stream s, std::byte& into) -> Task<std::size_t> {
        co_return co_await s.async_read_some(asio::buffer(&into, 1));
      }(stream, b));
    }(pair.client, error));
    co_await sleep_for(platform_, std::chrono::milliseconds(10));
    scope.cancel();
    co_await scope.join();
    EXPECT_EQ(error, ErrorCode(asio::error::operation_aborted));
  });
}

TEST_F(NativeStream, DeadlineEndsAReadAndTheStreamStillWorks) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const auto read_one = [](Stream s) -> Task<std::byte> {
      std::byte b{};
      co_await asio::async_read(s, asio::buffer(&b, 1), asio::use_awaitable);
      co_return b;
    };
    const ErrorCode error = co_await error_of(
        on(platform_.lane(0), with_deadline(platform_, std::chrono::milliseconds(20), "byte", read_one(pair.client))));
    EXPECT_EQ(error, make_error_code(Errc::timed_out));
    const ByteVector sent(1, std::byte{42});
    co_await on(platform_.lane(1), send_all(pair.server, sent));
    EXPECT_EQ(co_await on(platform_.lane(0), read_one(pair.client)), std::byte{42});
  });
}

TEST_F(NativeStream, SamplesThePath) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const ByteVector sent = pattern(4 << 20);
    Scope scope(platform_, platform_.control());
    scope.spawn(platform_.lane(0), send_all(pair.client, sent));
    const ByteVector got = co_await on(platform_.lane(1), receive_all(pair.server));
    co_await scope.join();
    EXPECT_EQ(got.size(), sent.size());
    const PathSample sample = pair.client.path_sample();
    EXPECT_GT(sample.rtt_smoothed.count(), 0);
    EXPECT_GT(sample.rtt_min.count(), 0);
    EXPECT_LE(sample.rtt_min, std::chrono::seconds(10));
    EXPECT_GT(sample.delivery_rate.value, 0U);
    EXPECT_GT(sample.congestion_window.value, 0U);
    EXPECT_EQ(sample.unsent.value, 0U);
  });
}

TEST_F(NativeStream, UnsentBytesAreBoundedAndSeen) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const ByteVector sent = pattern(1 << 20);
    std::size_t accepted = 0;
    const auto fill = [](NativePlatform& p, Stream s, const ByteVector& bytes, std::size_t& count) -> Task<void> {
      const auto write_forever = [](Stream t, const ByteVector& b, std::size_t& n) -> Task<void> {
        for (;;) n += co_await t.async_write_some(asio::buffer(b));
      };
      co_await error_of(with_deadline(p, std::chrono::milliseconds(300), "room", write_forever(s, bytes, count)));
    };
    co_await on(platform_.lane(0), fill(platform_, pair.client, sent, accepted));  // nobody reads
    const PathSample sample = pair.client.path_sample();
    EXPECT_GT(sample.unsent.value, 0U);
    EXPECT_LT(accepted, 64U << 20);
  });
}

TEST_F(NativeStream, CongestionControlIsSetAndReported) {
  run([&]() -> Task<void> {
    for (const CongestionControl wanted : algorithms) {
      std::optional<Pair> pair;
      try {
        pair = co_await connected({.congestion = wanted});
      } catch (const Error& error) {  // a kernel without it must say so, and name what it has
        EXPECT_EQ(error.code(), make_error_code(Errc::bad_configuration));
        EXPECT_NE(error.detail().find("available: "), std::string::npos) << error.detail();
        continue;
      }
      EXPECT_EQ(pair->client.path_sample().congestion, wanted);
      EXPECT_EQ(pair->server.path_sample().congestion, wanted);
    }
  });
}

TEST_F(NativeStream, CongestionControlChangesUnderWay) {
  if (!offers(CongestionControl::bbr) || !offers(CongestionControl::cubic)) GTEST_SKIP() << "needs bbr and cubic";
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    const ByteVector sent = pattern(8 << 20);
    ByteVector got;
    Scope scope(platform_, platform_.control());
    const auto receive = [&got](Stream stream) -> Task<void> { got = co_await receive_all(stream); };
    scope.spawn(platform_.lane(1), receive(pair.server));
    const auto send = [&sent](Stream stream) -> Task<void> {
      const ByteSpan all(sent);
      const std::size_t part = all.size() / 4;
      for (std::size_t i = 0; i < 4; ++i) {
        const CongestionControl wanted = algorithms[i % 2];
        stream.set_congestion(wanted);
        EXPECT_EQ(stream.path_sample().congestion, wanted);
        stream.set_congestion(CongestionControl::platform_default);
        stream.set_congestion(CongestionControl::by_path);
        EXPECT_EQ(stream.path_sample().congestion, wanted);
        co_await asio::async_write(stream, asio::buffer(all.data() + i * part, part), asio::use_awaitable);
      }
      EXPECT_GT(stream.path_sample().segments_sent, 0U);
      stream.shutdown_send();
    };
    co_await on(platform_.lane(0), send(pair.client));
    co_await scope.join();
    EXPECT_TRUE(got == sent);
  });
}

TEST_F(NativeStream, ClosedStreamAbortsItsRead) {
  run([&]() -> Task<void> {
    Pair pair = co_await connected();
    Stream closing = pair.client;
    asio::post(platform_.lane(0), [closing]() mutable { closing.close(); });
    const ErrorCode error = co_await error_of(on(platform_.lane(0), receive_all_or_error(pair.client)));
    EXPECT_TRUE(error == asio::error::operation_aborted || error == asio::error::bad_descriptor) << error;
    EXPECT_EQ(pair.client.path_sample().rtt_smoothed.count(), 0);
  });
}

}  // namespace
}  // namespace dwcp::platform::native
