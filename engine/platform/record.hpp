// Structured events: name and fields. They are the one source of logs, events.jsonl, traces and progress; a component
// emits them through Platform::record() and never prints. The platform adds the time and the process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::platform {

// One field. Keys carry the unit last ("rtt_ns", "size_bytes", "rate_bps").
struct Field {
  std::string_view key;  // a literal
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string> value;

  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(v) {}
  Field(std::string_view k, std::uint64_t v) : key(k), value(v) {}
  Field(std::string_view k, unsigned v) : key(k), value(std::uint64_t{v}) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, Bytes v) : key(k), value(v.value) {}
  Field(std::string_view k, BitRate v) : key(k), value(v.value) {}
  Field(std::string_view k, Duration v) : key(k), value(std::int64_t{v.count()}) {}
};
using Fields = std::vector<Field>;

struct Record {
  TimePoint time;
  std::string process;    // the node's name
  std::string_view name;  // "component.what_happened", a literal
  Fields fields;
};

// Receives every record of a process, on its control executor.
using RecordSink = std::function<void(const Record&)>;

}  // namespace dwcp::platform
