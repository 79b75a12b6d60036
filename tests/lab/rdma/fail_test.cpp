// What happens when an end, the link, or what one was told of the other, is not what it should be.
#include "tests/lab/rdma/end.hpp"
#include "tests/lab/rdma/pair.hpp"

namespace dwcp::platform::native {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RdmaFail : public RdmaTest {
 protected:
  static constexpr QueuePairOptions small{
      .exposed = Bytes(8192), .own = Bytes(8192), .writes_max = 4, .arrivals_max = 4};
};

Task<void> write_to(End& end, std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) {
  end.write(from, length, to, immediate);
  co_return;
}

TEST_F(RdmaFail, PeerThatClosedIsFoundGone) {
  run([&]() -> Task<void> {
    co_await join(small);
    co_await on(a_.lane(), write_to(a_, 0, 8, 0, 1));
    co_await on(b_.lane(), b_.until_arrived(1));
    co_await on(b_.lane(), b_.close());
    co_await on(a_.lane(), write_to(a_, 0, 8, 0, 2));
    const Failure failure = co_await on(a_.lane(), a_.until_failed());
    EXPECT_EQ(failure.code, make_error_code(Errc::unreachable));
    EXPECT_THAT(failure.detail, AllOf(HasSubstr("rxe0"), HasSubstr(address_b), HasSubstr("retry counter exceeded")));
    EXPECT_EQ(b_.arrived().size(), 1U);
    // Nothing follows, and nothing is refused: what uses it learns of the failure once.
    co_await on(a_.lane(), write_to(a_, 0, 8, 0, 3));
  });
}

// The key, in the address, is the right to write.
TEST_F(RdmaFail, WrongKeyWritesNothingAndEndsBoth) {
  run([&]() -> Task<void> {
    co_await open_both(small);
    const ByteVector a = co_await on(a_.lane(), a_.address());
    ByteVector b = co_await on(b_.lane(), b_.address());
    const std::size_t key_at = b.size() - 4;
    store_le(b.data() + key_at, load_le<std::uint32_t>(b.data() + key_at) ^ 0xa5U);
    fill(b_.pair().exposed(), 0, 1);
    fill(a_.pair().own(), 0, 2);
    co_await on(a_.lane(), a_.connect(b));
    co_await on(b_.lane(), b_.connect(a));
    co_await on(a_.lane(), write_to(a_, 0, 4096, 0, 1));
    const Failure at_writer = co_await on(a_.lane(), a_.until_failed());
    EXPECT_EQ(at_writer.code, make_error_code(Errc::protocol_error)) << at_writer.detail;
    EXPECT_THAT(at_writer.detail, HasSubstr("remote access error"));
    const Failure at_owner = co_await on(b_.lane(), b_.until_failed());
    EXPECT_THAT(at_owner.detail, HasSubstr("rxe1"));
    EXPECT_TRUE(is_filled(b_.pair().exposed(), 0, 1));
    EXPECT_TRUE(b_.arrived().empty());
  });
}

// A peer that claims more memory than it exposes: its own adapter refuses what lies beyond.
TEST_F(RdmaFail, MemoryThatIsNotExposedIsOutOfReach) {
  run([&]() -> Task<void> {
    co_await open_both(small);
    const ByteVector a = co_await on(a_.lane(), a_.address());
    ByteVector b = co_await on(b_.lane(), b_.address());
    const std::size_t length_at = b.size() - 12;
    EXPECT_EQ(load_le<std::uint64_t>(b.data() + length_at), small.exposed.value);
    store_le(b.data() + length_at, small.exposed.value + 4096);
    co_await on(a_.lane(), a_.connect(b));
    co_await on(b_.lane(), b_.connect(a));
    co_await on(a_.lane(), write_to(a_, 0, 8, small.exposed.value, 1));
    const Failure failure = co_await on(a_.lane(), a_.until_failed());
    EXPECT_THAT(failure.detail, HasSubstr("remote access error"));
  });
}

TEST_F(RdmaFail, LinkThatGoesDownIsNamed) {
  run([&]() -> Task<void> {
    co_await join(small);
    tell_pair("down");
    const Failure failure = co_await on(b_.lane(), b_.until_failed());
    EXPECT_EQ(failure.code, make_error_code(Errc::unreachable));
    EXPECT_THAT(failure.detail, AllOf(HasSubstr("rxe1"), HasSubstr("port error")));
    End c(platform_, 0, address_a), d(platform_, 1, address_b);
    ErrorCode error = co_await error_of(on(d.lane(), d.open(small)));
    EXPECT_EQ(error, make_error_code(Errc::not_found));
    tell_pair("up");
    // And afterwards as if nothing had been.
    while (error) {
      co_await sleep_for(platform_, std::chrono::milliseconds(20));
      error = co_await error_of(on(d.lane(), d.open(small)));
    }
    co_await on(c.lane(), c.open(small));
    co_await on(c.lane(), c.connect(d.pair().address()));
    co_await on(d.lane(), d.connect(c.pair().address()));
    co_await on(c.lane(), write_to(c, 0, 8192, 0, 5));
    co_await on(d.lane(), d.until_arrived(1));
    co_await on(c.lane(), c.until_written(1));
    co_await on(c.lane(), c.close());
    co_await on(d.lane(), d.close());
  });
}

TEST_F(RdmaFail, AddressesThatAreNone) {
  run([&]() -> Task<void> {
    co_await open_both(small);
    const ByteVector right = co_await on(b_.lane(), b_.address());
    ByteVector wrong = right;
    ErrorCode error = co_await error_of(on(a_.lane(), a_.connect({})));
    EXPECT_EQ(error, make_error_code(Errc::bad_value));
    Random random = platform_.random("addresses");
    for (int i = 0; i < 200; ++i) {
      wrong.resize(random.below(QueuePair::address_max));
      for (std::byte& byte : wrong) byte = static_cast<std::byte>(random.below(256));
      error = co_await error_of(on(a_.lane(), a_.connect(wrong)));
      EXPECT_EQ(error, make_error_code(Errc::bad_value));
    }
    // To where there is no route: the last bytes of the GID, which begins at 4, are the IPv4 address 198.51.100.1.
    wrong = right;
    const std::array<unsigned char, 4> nowhere{198, 51, 100, 1};
    std::memcpy(wrong.data() + 16, nowhere.data(), nowhere.size());
    error = co_await error_of(on(a_.lane(), a_.connect(wrong)));
    EXPECT_EQ(error, make_error_code(Errc::unreachable));
    // After all that it still connects.
    const ByteVector a = co_await on(a_.lane(), a_.address());
    co_await on(a_.lane(), a_.connect(right));
    co_await on(b_.lane(), b_.connect(a));
    co_await on(a_.lane(), write_to(a_, 0, 8, 0, 3));
    co_await on(b_.lane(), b_.until_arrived(1));
  });
}

// Fields that are possible and wrong: nothing worse than a failure follows, at either end.
TEST_F(RdmaFail, AddressesOfSomethingElse) {
  run([&]() -> Task<void> {
    Random random = platform_.random("something else");
    int connected = 0;
    for (int i = 0; i < (is_short() ? 8 : 40); ++i) {
      End c(platform_, 0, address_a);
      co_await on(c.lane(), c.open(small));
      ByteVector wrong = c.pair().address();
      wrong[20 + random.below(wrong.size() - 20)] ^= static_cast<std::byte>(1 + random.below(255));
      const ErrorCode error = co_await error_of(on(c.lane(), c.connect(wrong)));
      if (!error) {
        ++connected;
        if (load_le<std::uint64_t>(wrong.data() + wrong.size() - 12) >= 8)
          co_await on(c.lane(), write_to(c, 0, 8, 0, 1));
      }
      co_await on(c.lane(), c.close());
    }
    EXPECT_GT(connected, 0);
  });
}

TEST_F(RdmaFail, WhoIsToldMayDestroyThePair) {
  run([&]() -> Task<void> {
    b_.on_arrival = [&](std::uint32_t) { b_.drop(); };
    a_.on_failure = [&] { a_.drop(); };
    co_await join(small);
    const auto write_all = [&]() -> Task<void> {
      for (std::uint32_t i = 0; i < small.writes_max; ++i) a_.write(0, 4096, 0, i);
      co_return;
    };
    co_await on(a_.lane(), write_all());
    co_await on(b_.lane(), b_.until_arrived(1));
    // Those above may all have arrived before the first was reported.
    co_await on(a_.lane(), write_to(a_, 0, 4096, 0, 9));
    co_await on(a_.lane(), a_.until_failed());
    EXPECT_EQ(b_.arrived().size(), 1U);
  });
}

// What was under way when a pair was closed reaches neither the memory nor the events of the next, which has its
// memory.
TEST_F(RdmaFail, ClosedWithWritesUnderWay) {
  run([&]() -> Task<void> {
    for (int round = 0; round < (is_short() ? 5 : 20); ++round) {
      End c(platform_, 0, address_a), d(platform_, 1, address_b);
      co_await on(c.lane(), c.open(small));
      co_await on(d.lane(), d.open(small));
      co_await on(c.lane(), c.connect(d.pair().address()));
      co_await on(d.lane(), d.connect(c.pair().address()));
      const std::uint64_t seed = 100 + static_cast<std::uint64_t>(round);
      fill(d.pair().exposed(), 0, seed);
      const std::byte* const memory = d.pair().exposed().data();
      const auto write_and_close = [&]() -> Task<void> {
        for (std::uint32_t i = 0; i < small.writes_max; ++i) c.write(0, 8192, 0, i);
        if (round % 2 == 0) c.pair().close();
        co_return;
      };
      co_await on(c.lane(), write_and_close());
      co_await on(d.lane(), d.close());
      End next(platform_, 1, address_b);
      co_await on(next.lane(), next.open(small));
      EXPECT_EQ(next.pair().exposed().data(), memory) << "registered memory is not used again";
      fill(next.pair().exposed(), 0, seed + 1000);
      co_await sleep_for(platform_, std::chrono::milliseconds(20));
      EXPECT_TRUE(is_filled(next.pair().exposed(), 0, seed + 1000));
      co_await on(c.lane(), c.close());
      co_await on(next.lane(), next.close());
    }
  });
}

TEST_F(RdmaFail, PlatformThatEndsTakesItsPairsAlong) {
  for (int round = 0; round < 3; ++round) {
    NativePlatform platform({.root = folder_.path(), .lanes = 2});
    const auto main = [&]() -> Task<void> {
      const auto hold = [](NativePlatform& p, const char* at, const char* to) -> Task<void> {
        const Executor lane = co_await asio::this_coro::executor;
        const auto pair = p.queue_pair(asio::ip::make_address(at), small, lane);
        const auto other = p.queue_pair(asio::ip::make_address(to), small, lane);
        Event never(p, lane);
        pair->connect(other->address(), {.written = {}, .arrived = {}, .failed = {}});
        other->connect(pair->address(), {.written = {}, .arrived = {}, .failed = {}});
        for (std::uint32_t i = 0; i < small.writes_max; ++i) pair->write(0, 8192, 0, i);
        co_await never.wait();
      };
      asio::co_spawn(platform.lane(0), hold(platform, address_a, address_b), [](const std::exception_ptr&) {});
      asio::co_spawn(platform.lane(1), hold(platform, address_b, address_a), [](const std::exception_ptr&) {});
      co_await sleep_for(platform, std::chrono::milliseconds(30));
    };
    platform.run(main());
  }
}

}  // namespace
}  // namespace dwcp::platform::native
