// What is written arrives whole, once, and in order.
#include <chrono>
#include <cstdio>

#include "tests/lab/rdma/end.hpp"

namespace dwcp::platform::native {
namespace {

class RdmaCarry : public RdmaTest {};

constexpr std::size_t block_size = 64 * 1024;
constexpr unsigned slots = 16;  // of the ring in exposed(), and in own()

constexpr QueuePairOptions ring{.exposed = Bytes(slots * block_size),
                                .own = Bytes(slots * block_size),
                                .writes_max = 2 * slots,
                                .arrivals_max = 2 * slots};

// A write with this immediate returns the credit of one block; every other immediate is a block's number.
constexpr std::uint32_t credit = 0xffffffff;

// Sends `blocks` and checks what the other end sends, both at once, on this end's lane. A block is written into the
// slot of its number; the slot is free again when the peer has returned its credit.
class Exchange {
 public:
  Exchange(End& end, std::uint32_t out, std::uint32_t in, std::uint64_t seed)
      : end_(end), out_(out), in_(in), seed_(seed) {}

  Task<void> run() {
    for (std::uint32_t number = 0; number < out_; ++number) {
      while (number >= credits_ + slots) co_await end_.until_arrived(end_.arrived().size() + 1);
      // A credit says that the block arrived; its bytes are ours again only once it is reported as written.
      co_await end_.until_written(credits_given_before(number));
      const std::size_t at = number % slots * block_size;
      fill(end_.pair().own().subspan(at, block_size), std::uint64_t{number} * block_size, seed_);
      end_.write(at, block_size, at, number);
      ++posted_;
      written_after_.push_back(posted_);
    }
    while (credits_ < out_ || received_ < in_) co_await end_.until_arrived(end_.arrived().size() + 1);
    co_await end_.until_written(posted_);
  }

  void arrived(std::uint32_t immediate) {
    if (immediate == credit) {
      ++credits_;
      return;
    }
    EXPECT_EQ(immediate, received_) << "out of order";
    const std::size_t at = immediate % slots * block_size;
    const bool whole =
        is_filled(end_.pair().exposed().subspan(at, block_size), std::uint64_t{immediate} * block_size, peer_seed());
    EXPECT_TRUE(whole) << "block " << immediate << " is damaged";
    ++received_;
    end_.write(0, 0, 0, credit);
    ++posted_;
  }

 private:
  std::uint64_t peer_seed() const { return seed_ ^ 1; }
  // How many writes are reported when the block that had the slot of `number` before is.
  std::size_t credits_given_before(std::uint32_t number) const {
    return number < slots ? 0 : written_after_[number - slots];
  }

  End& end_;
  const std::uint32_t out_, in_;
  const std::uint64_t seed_;
  std::uint32_t credits_ = 0, received_ = 0;
  std::size_t posted_ = 0;
  std::vector<std::size_t> written_after_;
};

void say_rate(const char* what, std::uint64_t bytes, Duration took) {
  std::printf("said: %s %.1f MB/s\n", what, static_cast<double>(bytes) / 1e6 / to_seconds(took));
}

TEST_F(RdmaCarry, ManyBlocksOneWay) {
  run([&]() -> Task<void> {
    const std::uint32_t blocks = is_short() ? 256 : 1024;  // 16 or 64 MiB
    Exchange out(a_, blocks, 0, 2), in(b_, 0, blocks, 3);
    a_.on_arrival = [&](std::uint32_t immediate) { out.arrived(immediate); };
    b_.on_arrival = [&](std::uint32_t immediate) { in.arrived(immediate); };
    co_await join(ring);
    const TimePoint begin = platform_.now();
    Scope scope(platform_, platform_.control());
    scope.spawn(a_.lane(), out.run());
    scope.spawn(b_.lane(), in.run());
    co_await scope.join();
    say_rate("one way", std::uint64_t{blocks} * block_size, platform_.now() - begin);
  });
}

TEST_F(RdmaCarry, BothWaysAtOnce) {
  run([&]() -> Task<void> {
    const std::uint32_t blocks = is_short() ? 32 : 256;
    Exchange out(a_, blocks, blocks, 4), in(b_, blocks, blocks, 5);
    a_.on_arrival = [&](std::uint32_t immediate) { out.arrived(immediate); };
    b_.on_arrival = [&](std::uint32_t immediate) { in.arrived(immediate); };
    co_await join(ring);
    Scope scope(platform_, platform_.control());
    scope.spawn(a_.lane(), out.run());
    scope.spawn(b_.lane(), in.run());
    co_await scope.join();
  });
}

// As fast as it goes, with nothing in them: order, and that receives are posted again in time.
TEST_F(RdmaCarry, ManyEmptyWrites) {
  constexpr std::uint32_t count = 2000;
  constexpr unsigned window = 8;
  run([&]() -> Task<void> {
    std::uint32_t next = 0;
    const auto write_next = [&] {
      if (next < count) a_.write(0, 0, 0, next++);
    };
    // The peer's answer is the leave for one more.
    a_.on_arrival = [&](std::uint32_t) { write_next(); };
    b_.on_arrival = [&](std::uint32_t immediate) { b_.write(0, 0, 0, immediate); };
    co_await join({.exposed = Bytes(1), .own = Bytes(1), .writes_max = window, .arrivals_max = window});
    const auto begin = [&]() -> Task<void> {
      for (unsigned i = 0; i < window; ++i) write_next();
      co_await a_.until_arrived(count);
    };
    co_await on(a_.lane(), begin());
    std::vector<std::uint32_t> expected(count);
    for (std::uint32_t i = 0; i < count; ++i) expected[i] = i;
    EXPECT_EQ(a_.arrived(), expected);
  });
}

TEST_F(RdmaCarry, PeerThatConnectsLaterIsWaitedFor) {
  run([&]() -> Task<void> {
    co_await open_both({.exposed = Bytes(8), .own = Bytes(8)});
    const ByteVector a = co_await on(a_.lane(), a_.address());
    const ByteVector b = co_await on(b_.lane(), b_.address());
    co_await on(a_.lane(), a_.connect(b));
    const auto write = [&]() -> Task<void> {
      fill(a_.pair().own(), 0, 6);
      a_.write(0, 8, 0, 17);
      co_return;
    };
    co_await on(a_.lane(), write());
    co_await sleep_for(platform_, std::chrono::seconds(1));
    co_await on(b_.lane(), b_.connect(a));
    co_await on(b_.lane(), b_.until_arrived(1));
    co_await on(a_.lane(), a_.until_written(1));
    EXPECT_EQ(b_.arrived(), std::vector<std::uint32_t>{17});
    EXPECT_TRUE(is_filled(b_.pair().exposed(), 0, 6));
  });
}

}  // namespace
}  // namespace dwcp::platform::native
