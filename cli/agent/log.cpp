#include "cli/agent/log.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <ostream>

namespace dwcp::cli {
namespace {

using scenarios::detail::without_space;

constexpr std::array<std::string_view, 4> details = {"migration.progress", "amst.stream_joined", "node.request_refused",
                                                     "libvirt.call"};

std::string plain(const platform::Field& field) {
  return std::visit(
      [](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>)
          return value;
        else if constexpr (std::is_same_v<T, bool>)
          return std::string(value ? "true" : "false");
        else
          return std::to_string(value);
      },
      field.value);
}

// Quoted when it would not stand for itself; control characters never reach a terminal.
std::string in_quotes(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f; };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::uint64_t> whole(const platform::Field& field) {
  if (const auto* number = std::get_if<std::uint64_t>(&field.value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&field.value); number && *number >= 0)
    return static_cast<std::uint64_t>(*number);
  return {};
}

std::string text_field(const platform::Field& field) {
  std::string_view key = field.key;
  const auto ends = [&](std::string_view unit) {
    if (!key.ends_with(unit)) return false;
    key.remove_suffix(unit.size());
    return true;
  };
  std::string value = in_quotes(plain(field));
  if (const auto number = whole(field)) {
    if (ends("_ns"))
      value = without_space(to_string(Duration(static_cast<std::int64_t>(*number))));
    else if (ends("_bytes"))
      value = without_space(to_string(Bytes(*number)));
    else if (ends("_bps"))
      value = without_space(to_string(BitRate(*number)));
  }
  return std::string(key) + "=" + value;
}

}  // namespace

std::string text_line(const platform::Record& record) {
  std::string line(record.name);
  for (const platform::Field& field : record.fields) line += " " + text_field(field);
  return line;
}

std::string json_line(const platform::Record& record, WallTime now) {
  nlohmann::ordered_json json{{"time", utc_text(now)}, {"name", record.name}, {"node", record.process}};
  for (const platform::Field& field : record.fields)
    std::visit([&](const auto& value) { json[std::string(field.key)] = value; }, field.value);
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string utc_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(text.data(), length);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(rest).count();
  return out + "." + std::to_string(1000 + milliseconds).substr(1) + "Z";
}

bool is_detail(std::string_view record_name) { return std::ranges::find(details, record_name) != details.end(); }

void Log::write(const platform::Record& record) {
  if (!section_.detail && is_detail(record.name)) return;
  const WallTime now = std::chrono::system_clock::now();
  if (section_.format == LogFormat::json)
    out_ << json_line(record, now) << std::endl;
  else
    out_ << (stamped_ ? utc_text(now) + " " : "") << text_line(record) << std::endl;
}

}  // namespace dwcp::cli
