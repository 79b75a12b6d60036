#include "scenarios/runner/event_log.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace dwcp::scenarios {
namespace {

std::string json_text(std::string_view text) {
  using Json = nlohmann::json;
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Number>
std::string number(Number value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

struct ValueText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return number(value); }
  std::string operator()(std::uint64_t value) const { return number(value); }
  std::string operator()(double value) const { return std::isfinite(value) ? number(value) : "null"; }
  std::string operator()(const std::string& value) const { return json_text(value); }
};

}  // namespace

std::string to_json_line(const platform::Record& record) {
  std::string line = "{\"time_ns\":" + number(record.time.time_since_epoch().count()) +
                     ",\"source\":" + json_text(record.process) + ",\"event\":" + json_text(record.name);
  for (const platform::Field& field : record.fields)
    line += "," + json_text(field.key) + ":" + std::visit(ValueText{}, field.value);
  return line + "}\n";
}

EventLog::EventLog(const std::filesystem::path& file) : path_(file), file_(std::fopen(file.c_str(), "we")) {
  if (!file_) throw Error(Errc::storage_failed, "'" + file.string() + "' cannot be created");
}

void EventLog::add(const platform::Record& record) { add_line(to_json_line(record)); }

void EventLog::add_line(const std::string& line) { std::fwrite(line.data(), 1, line.size(), file_.get()); }

void EventLog::close() {
  std::FILE* file = file_.release();
  const bool failed = std::ferror(file) != 0;
  if (std::fclose(file) != 0 || failed)
    throw Error(Errc::storage_failed, "'" + path_.string() + "' could not be written whole");
}

}  // namespace dwcp::scenarios
