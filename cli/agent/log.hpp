// An agent's records as lines on standard error.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "cli/agent/config.hpp"
#include "engine/platform/record.hpp"

namespace dwcp::cli {

using WallTime = std::chrono::system_clock::time_point;

// "migration.started vm=web-1 epoch=3 memory=4GiB": times and sizes as a person reads them.
std::string text_line(const platform::Record& record);
// One object: time, name, node, and the record's fields as they are.
std::string json_line(const platform::Record& record, WallTime now);
// "2026-03-01T12:00:00.123Z"
std::string utc_text(WallTime time);
// Whether it happens several times a second, or tells nothing to who does not look for a fault.
bool is_detail(std::string_view record_name);

class Log {
 public:
  // `stamped`: whether lines of text begin with the time. A journal that keeps the time itself wants none.
  Log(std::ostream& out, LogSection section, bool stamped) : out_(out), section_(section), stamped_(stamped) {}
  void write(const platform::Record& record);

 private:
  std::ostream& out_;
  const LogSection section_;
  const bool stamped_;
};

}  // namespace dwcp::cli
