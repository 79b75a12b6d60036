#include "engine/platform/native/host_memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace dwcp::platform::native {
namespace {

constexpr Bytes no_bound{std::numeric_limits<std::uint64_t>::max()};

// Empty where there is none, or it may not be read.
std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

// Of the line that begins with `key`.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(key)) return leading_number(line.substr(key.size()));
  }
  return std::nullopt;
}

// "/user.slice/..." of this process, from the line "0::PATH" of /proc/self/cgroup.
std::string group_of(std::string_view memberships) {
  constexpr std::string_view unified = "0::/";
  while (!memberships.empty()) {
    const std::string_view line = memberships.substr(0, memberships.find('\n'));
    memberships.remove_prefix(std::min(line.size() + 1, memberships.size()));
    if (line.starts_with(unified)) return std::string(line.substr(unified.size()));
  }
  return {};
}

}  // namespace

std::optional<Bytes> memory_available_of(std::string_view meminfo) {
  const auto kib = number_after(meminfo, "MemAvailable:");
  if (!kib || *kib > no_bound.value / 1024) return std::nullopt;
  return KiB(*kib);
}

std::optional<Bytes> memory_left_in_group(std::string_view max, std::string_view current, std::string_view stat) {
  const auto limit = leading_number(max), used = leading_number(current);  // "max" is no limit
  if (!limit || !used) return std::nullopt;
  const std::uint64_t kept = *used - std::min(*used, number_after(stat, "inactive_file ").value_or(0));
  return Bytes(*limit - std::min(*limit, kept));
}

Bytes HostMemory::ask() const {
  Bytes least = memory_available_of(text_of(proc_ / "meminfo")).value_or(no_bound);
  // The group of the process and those around it, out to the host; within a container the outermost is its own.
  for (std::filesystem::path group = group_of(text_of(proc_ / "self/cgroup"));; group = group.parent_path()) {
    const auto folder = groups_ / group;
    const auto left = memory_left_in_group(text_of(folder / "memory.max"), text_of(folder / "memory.current"),
                                           text_of(folder / "memory.stat"));
    if (left) least = std::min(least, *left);
    if (group.empty()) break;
  }
  return least;
}

Bytes HostMemory::available() {
  const std::scoped_lock guard(lock_);
  const auto now = Clock::now();
  if (!asked_ || now - *asked_ >= fresh_for) {
    answer_ = ask();
    asked_ = now;
  }
  return answer_;
}

}  // namespace dwcp::platform::native
