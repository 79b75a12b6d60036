#include "engine/platform/native/rdma/memory_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "engine/base/error.hpp"

namespace dwcp::platform::native::rdma {
namespace {

using ::testing::HasSubstr;

// Counts what is registered, and refuses beyond a limit as the kernel does.
class Counting final : public Registrar {
 public:
  int add(MutableByteSpan memory, Access, Keys& keys) override {
    if (total + memory.size() > limit) return ENOMEM;
    ++adds;
    total += memory.size();
    keys.local = ++next_;
    sizes_[keys.local] = memory.size();
    return 0;
  }
  void remove(const Keys& keys) override {
    total -= sizes_.at(keys.local);
    sizes_.erase(keys.local);
  }
  std::size_t total = 0, limit = ~std::size_t{0};
  int adds = 0;

 private:
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, std::size_t> sizes_;
};

class RdmaMemoryPool : public ::testing::Test {
 protected:
  std::string refusal(Bytes size) {
    try {
      pool_.take(size, Access::local);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::out_of_budget));
      return error.detail();
    }
    return "it is not refused";
  }
  Counting registrar_;
  MemoryPool pool_{"rxe9", registrar_};
};

TEST_F(RdmaMemoryPool, WholePagesThatAreUsedAgain) {
  const std::byte* at = nullptr;
  {
    const auto block = pool_.take(Bytes(5000), Access::exposed);
    EXPECT_EQ(block.memory().size(), 8192U);
    at = block.memory().data();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % page_size.value, 0U);
  }
  EXPECT_EQ(pool_.kept(), Bytes(8192));
  const auto again = pool_.take(Bytes(4097), Access::exposed);
  EXPECT_EQ(again.memory().data(), at);
  EXPECT_EQ(registrar_.adds, 1);
  EXPECT_EQ(pool_.kept(), Bytes(0));
}

TEST_F(RdmaMemoryPool, WhatWasExposedIsNotUsedForWhatIsNot) {
  { const auto block = pool_.take(Bytes(4096), Access::exposed); }
  const auto block = pool_.take(Bytes(4096), Access::local);
  EXPECT_EQ(registrar_.adds, 2);
}

TEST_F(RdmaMemoryPool, TheSmallestThatFitsAndNoneOfMoreThanTwice) {
  {
    const auto large = pool_.take(KiB(64), Access::local);
    const auto small = pool_.take(KiB(40), Access::local);
  }
  const auto block = pool_.take(KiB(36), Access::local);
  EXPECT_EQ(block.memory().size(), KiB(40).value);
  const auto other = pool_.take(KiB(20), Access::local);
  EXPECT_EQ(other.memory().size(), KiB(20).value);
}

TEST_F(RdmaMemoryPool, KeepsNoMoreThanItsBound) {
  { const auto block = pool_.take(MemoryPool::kept_max + Bytes(1), Access::local); }
  EXPECT_EQ(registrar_.total, 0U);
  {
    std::vector<MemoryPool::Block> blocks;
    for (int i = 0; i < 5; ++i) blocks.push_back(pool_.take(MiB(40), Access::local));
    EXPECT_EQ(pool_.registered(), MiB(200));
  }
  EXPECT_EQ(pool_.kept(), MiB(120));
  EXPECT_EQ(Bytes(registrar_.total), MiB(120));
}

TEST_F(RdmaMemoryPool, RefusesMoreThanItsBoundByName) {
  EXPECT_THAT(refusal(MemoryPool::registered_max + Bytes(1)), HasSubstr("rxe9"));
  EXPECT_THAT(refusal(Bytes(~std::uint64_t{0})), HasSubstr("1 GiB are the most"));
  const auto most = pool_.take(MemoryPool::registered_max - page_size, Access::local);
  const auto rest = pool_.take(Bytes(1), Access::local);
  EXPECT_THAT(refusal(Bytes(1)), HasSubstr("1 GiB are in use"));
}

TEST_F(RdmaMemoryPool, WhatIsKeptGivesWay) {
  registrar_.limit = MiB(100).value;
  { const auto block = pool_.take(MiB(60), Access::local); }
  const auto block = pool_.take(MiB(80), Access::exposed);
  EXPECT_EQ(Bytes(registrar_.total), MiB(80));
  EXPECT_EQ(pool_.registered(), MiB(80));
}

TEST_F(RdmaMemoryPool, NamesTheLimitOnLockedMemory) {
  registrar_.limit = MiB(1).value;
  const std::string said = refusal(MiB(2));
  EXPECT_THAT(said, HasSubstr("2 MiB"));
  EXPECT_THAT(said, HasSubstr("RLIMIT_MEMLOCK"));
  EXPECT_EQ(pool_.registered(), Bytes(0));
}

}  // namespace
}  // namespace dwcp::platform::native::rdma
