#include "engine/platform/native/host_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>

namespace dwcp::platform::native {
namespace {

TEST(HostMemory, WhatTheKernelSaysIsAvailable) {
  EXPECT_EQ(memory_available_of("MemTotal:       24689760 kB\nMemFree:  100 kB\nMemAvailable:   23456 kB\n"),
            KiB(23456));
  EXPECT_FALSE(memory_available_of("MemTotal:       24689760 kB\n"));
  EXPECT_FALSE(memory_available_of("MemAvailable:   none kB\n"));
  EXPECT_FALSE(memory_available_of("MemAvailable:   18446744073709551615 kB\n"));
  EXPECT_FALSE(memory_available_of(""));
}

TEST(HostMemory, WhatAControlGroupLeaves) {
  EXPECT_EQ(memory_left_in_group("1000000\n", "900000\n", "anon 1\ninactive_file 300000\nactive_file 5\n"),
            Bytes(400'000));
  EXPECT_EQ(memory_left_in_group("1000000\n", "900000\n", ""), Bytes(100'000));
  EXPECT_EQ(memory_left_in_group("1000000\n", "1000001\n", ""), Bytes(0));
  EXPECT_EQ(memory_left_in_group("1000000\n", "10\n", "inactive_file 300000\n"), Bytes(1'000'000));
  EXPECT_FALSE(memory_left_in_group("max\n", "900000\n", ""));
  EXPECT_FALSE(memory_left_in_group("", "", ""));
}

class HostMemoryFolders : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) / ("dwcp-host-memory-" + std::to_string(getpid()));
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void put(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  Bytes ask() const { return HostMemory(root_ / "proc", root_ / "groups").ask(); }

  std::filesystem::path root_;
};

TEST_F(HostMemoryFolders, TheLeastOfTheHostAndTheGroupsAroundTheProcess) {
  EXPECT_EQ(ask(), Bytes(std::numeric_limits<std::uint64_t>::max()));
  put("proc/meminfo", "MemAvailable:   1000 kB\n");
  EXPECT_EQ(ask(), KiB(1000));
  put("proc/self/cgroup", "1:name=systemd:/other\n0::/machines/agent\n");
  put("groups/machines/agent/memory.max", "max\n");
  put("groups/machines/agent/memory.current", "4096\n");
  put("groups/machines/memory.max", "90000\n");
  put("groups/machines/memory.current", "50000\n");
  EXPECT_EQ(ask(), Bytes(40'000));
  put("groups/machines/agent/memory.max", "8192\n");
  EXPECT_EQ(ask(), Bytes(4096));
  // Within a container the group that has the limit is the outermost that can be seen.
  put("proc/self/cgroup", "0::/\n");
  put("groups/memory.max", "5000\n");
  put("groups/memory.current", "4000\n");
  EXPECT_EQ(ask(), Bytes(1000));
}

TEST(HostMemory, ThisHostHasSome) {
  HostMemory memory;
  const Bytes available = memory.available();
  EXPECT_GT(available, MiB(1));
  EXPECT_LT(available, Bytes(std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace
}  // namespace dwcp::platform::native
