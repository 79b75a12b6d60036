// events.jsonl: one JSON object a line for every record, in order. Its times are those of the world (virtual in the
// simulation), so the same scenario, seed and build give the same bytes.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/platform/record.hpp"

namespace dwcp::scenarios {

// {"time_ns":1500000,"source":"ny-1/agent","event":"agent.ready",...fields}, with a line break.
std::string to_json_line(const platform::Record& record);

class EventLog {
 public:
  // Creates or replaces the file. Throws Error(storage_failed) naming it.
  explicit EventLog(const std::filesystem::path& file);
  void add(const platform::Record& record);
  void add_line(const std::string& line);  // with its line break
  // Writes what is buffered. Throws Error(storage_failed) when not all of it could be written.
  void close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace dwcp::scenarios
