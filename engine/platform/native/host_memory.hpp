// How much memory a Linux host has to spare for this process.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>

#include "engine/base/units.hpp"

namespace dwcp::platform::native {

// "MemAvailable" of /proc/meminfo (proc(5)): what can be taken without swapping. Nothing where it is not there.
std::optional<Bytes> memory_available_of(std::string_view meminfo);
// What a control group leaves: its `max` less its `current`, of which page cache that was not used lately
// ("inactive_file" of `stat`) is given up first (the kernel's admin-guide/cgroup-v2). Nothing without a limit.
std::optional<Bytes> memory_left_in_group(std::string_view max, std::string_view current, std::string_view stat);

class HostMemory {
 public:
  // Folders of proc(5) and of the control groups (version 2), for tests.
  explicit HostMemory(std::filesystem::path proc = "/proc", std::filesystem::path groups = "/sys/fs/cgroup")
      : proc_(std::move(proc)), groups_(std::move(groups)) {}

  // The least of what the host and the groups around this process leave; the most there is where none tells. Asks them
  // at most every `fresh_for`. From any thread.
  Bytes available();
  static constexpr std::chrono::milliseconds fresh_for{50};

  // As above, always asked anew.
  Bytes ask() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path proc_, groups_;
  std::mutex lock_;
  std::optional<Clock::time_point> asked_;
  Bytes answer_{0};
};

}  // namespace dwcp::platform::native
