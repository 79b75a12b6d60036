// What an address, the memory and the adapter allow.
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/lab/rdma/end.hpp"

namespace dwcp::platform::native {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RdmaLimits : public RdmaTest {
 protected:
  std::shared_ptr<QueuePair> pair_at(const char* address, QueuePairOptions options) {
    return platform_.queue_pair(asio::ip::make_address(address), options, platform_.control());
  }
  // The message of the error, which must be out_of_budget.
  std::string refusal(QueuePairOptions options) {
    try {
      pair_at(address_a, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::out_of_budget)) << error.detail();
      return error.detail();
    }
    return "it is not refused";
  }
  static constexpr QueuePairOptions tiny{.exposed = Bytes(1), .own = Bytes(1)};
};

TEST_F(RdmaLimits, PairsAreOfTheDeviceThatHasTheAddress) {
  EXPECT_TRUE(platform_.has_rdma());
  EXPECT_NE(pair_at(address_a, tiny), nullptr);
  EXPECT_NE(pair_at(address_b, tiny), nullptr);
  // The address that the peer is told begins with four bytes of our own, and then the GID.
  const auto by_ipv6 = pair_at("fd08::2", tiny);
  ASSERT_NE(by_ipv6, nullptr);
  EXPECT_EQ(by_ipv6->address()[4], std::byte{0xfd});
  EXPECT_EQ(by_ipv6->address()[19], std::byte{2});
  for (const char* none : {"127.0.0.1", "10.8.0.3", "0.0.0.0", "::1", "::"}) EXPECT_EQ(pair_at(none, tiny), nullptr);
}

TEST_F(RdmaLimits, MemoryHasTheSizesThatWereAskedFor) {
  const auto pair = pair_at(address_a, {.exposed = Bytes(5000), .own = Bytes(1)});
  EXPECT_EQ(pair->exposed().size(), 5000U);
  EXPECT_EQ(pair->own().size(), 1U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pair->exposed().data()) % page_size.value, 0U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pair->own().data()) % page_size.value, 0U);
  EXPECT_LE(pair->address().size(), QueuePair::address_max);
  EXPECT_NE(pair->address(), pair_at(address_a, tiny)->address());
}

TEST_F(RdmaLimits, WritesTouchWhatTheyNameAndNothingElse) {
  run([&]() -> Task<void> {
    constexpr std::size_t size = 3 * 4096;
    co_await join({.exposed = Bytes(size), .own = Bytes(size), .writes_max = 8, .arrivals_max = 8});
    fill(a_.pair().own(), 0, 1);
    fill(b_.pair().exposed(), 0, 2);
    ByteVector expected(b_.pair().exposed().begin(), b_.pair().exposed().end());
    struct Range {
      std::size_t from, length, to;
    };
    const std::array<Range, 5> ranges{
        {{0, 1, size - 1}, {size - 1, 1, 0}, {17, 5000, 4099}, {size, 0, size}, {100, 4096, 1}}};
    const auto write_all = [&]() -> Task<void> {
      for (const auto& range : ranges) {
        std::memcpy(expected.data() + range.to, a_.pair().own().data() + range.from, range.length);
        a_.write(range.from, range.length, range.to, 7);
      }
      co_await a_.until_written(ranges.size());
    };
    co_await on(a_.lane(), write_all());
    co_await on(b_.lane(), b_.until_arrived(ranges.size()));
    EXPECT_TRUE(std::ranges::equal(b_.pair().exposed(), expected));
  });
}

TEST_F(RdmaLimits, WritesBeyondTheMemoryAreRefused) {
  run([&]() -> Task<void> {
    co_await join({.exposed = Bytes(100), .own = Bytes(200)});
    const auto refused = [&](std::size_t from, std::size_t length, std::size_t to) {
      EXPECT_THROW(a_.pair().write(from, length, to, 0), Error) << from << ' ' << length << ' ' << to;
    };
    const auto all = [&]() -> Task<void> {
      refused(200, 1, 0);
      refused(0, 101, 0);
      refused(0, 1, 100);
      refused(201, 0, 0);
      refused(1, std::numeric_limits<std::size_t>::max(), 1);
      refused(0, 1, std::numeric_limits<std::size_t>::max());
      a_.write(100, 100, 0, 9);
      co_await a_.until_written(1);
    };
    co_await on(a_.lane(), all());
    co_await on(b_.lane(), b_.until_arrived(1));
  });
}

TEST_F(RdmaLimits, MoreThanTheBoundsIsRefusedByName) {
  EXPECT_THAT(refusal({.exposed = GiB(2), .own = Bytes(1)}), AllOf(HasSubstr("rxe0"), HasSubstr("1 GiB")));
  EXPECT_THAT(refusal({.exposed = Bytes(~0ULL), .own = Bytes(1)}), HasSubstr("1 GiB"));
  EXPECT_THAT(refusal({.exposed = Bytes(1), .own = Bytes(1), .writes_max = 1U << 30}),
              AllOf(HasSubstr("rxe0"), HasSubstr("1073741824")));
  EXPECT_THAT(refusal({.exposed = Bytes(1), .own = Bytes(1), .writes_max = 1, .arrivals_max = ~0U}),
              HasSubstr("4294967295"));
  EXPECT_THROW(pair_at(address_a, {.exposed = Bytes(0), .own = Bytes(1)}), Error);
  EXPECT_THROW(pair_at(address_a, {.exposed = Bytes(1), .own = Bytes(1), .writes_max = 0}), Error);
}

// Of this thread: whether root's right to lock as much as it likes is in effect.
void set_right_to_lock(bool wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> rights{};
  ASSERT_EQ(::syscall(SYS_capget, &header, rights.data()), 0);
  constexpr std::uint32_t lock = 1U << CAP_IPC_LOCK;
  rights[0].effective = wanted ? rights[0].effective | lock : rights[0].effective & ~lock;
  ASSERT_EQ(::syscall(SYS_capset, &header, rights.data()), 0);
}

TEST_F(RdmaLimits, LimitOnLockedMemoryIsNamed) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &before), 0);
  const rlimit small{KiB(512).value, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &small), 0);
  set_right_to_lock(false);
  EXPECT_THAT(refusal({.exposed = MiB(1), .own = Bytes(1)}),
              AllOf(HasSubstr("rxe0"), HasSubstr("RLIMIT_MEMLOCK"), HasSubstr("512 KiB"), HasSubstr("1 MiB")));
  EXPECT_NE(pair_at(address_a, tiny), nullptr);
  // Memory that is kept for later gives way.
  EXPECT_NE(pair_at(address_a, {.exposed = KiB(300), .own = Bytes(1)}), nullptr);
  EXPECT_NE(pair_at(address_a, {.exposed = Bytes(1), .own = KiB(300)}), nullptr);
  set_right_to_lock(true);
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &before), 0);
  EXPECT_NE(pair_at(address_a, {.exposed = MiB(1), .own = Bytes(1)}), nullptr);
}

}  // namespace
}  // namespace dwcp::platform::native
