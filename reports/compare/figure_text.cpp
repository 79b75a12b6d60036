#include "reports/compare/figure_text.hpp"

#include <cmath>
#include <cstdio>
#include <sstream>

namespace dwcp::reports {
namespace {

bool is_inner_byte(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Where the character with that number begins.
std::size_t byte_of(const std::string& text, std::size_t character) {
  std::size_t at = 0;
  while (at < text.size() && (character > 0 || is_inner_byte(text[at]))) {
    if (!is_inner_byte(text[at])) --character;
    ++at;
  }
  while (at < text.size() && is_inner_byte(text[at])) ++at;
  return at;
}

}  // namespace

std::string figure_text(std::string_view metric, std::string_view unit, double value) {
  if (unit.empty()) return metric_text(metric, value);
  if (unit == "s") return dwcp::to_string(from_seconds(value));
  if (unit == "bytes" && value >= 0) return dwcp::to_string(Bytes(static_cast<std::uint64_t>(value)));
  if (unit == "bytes/s" && value >= 0) return dwcp::to_string(Bytes(static_cast<std::uint64_t>(value))) + "/s";
  char text[64];
  std::snprintf(text, sizeof text, "%.4g %.*s", value, static_cast<int>(unit.size()), unit.data());
  return text;
}

std::string change_text(double from, double to) {
  if (from == to) return "0 %";
  if (from == 0) return "from 0";
  const double percent = 100 * (to - from) / std::abs(from);
  char text[32];
  if (std::abs(percent) >= 999.5)
    std::snprintf(text, sizeof text, "× %.3g", to / from);
  else
    std::snprintf(text, sizeof text, std::abs(percent) < 0.05 ? "%+.1g %%" : "%+.1f %%", percent);
  return text;
}

std::string p_text(double p) {
  if (p < 0.001) return "<0.001";
  char text[16];
  std::snprintf(text, sizeof text, p < 0.1 ? "%.3f" : "%.2f", p);
  return text;
}

std::string cut_middle(const std::string& text, std::size_t width) {
  const std::size_t have = columns(text);
  if (have <= width || width < 3) return text;
  const std::size_t end = (width - 1) / 2, begin = width - 1 - end;
  return text.substr(0, byte_of(text, begin)) + "…" + text.substr(byte_of(text, have - end));
}

std::string wrapped(const std::string& text, std::size_t width, std::size_t first, std::size_t others,
                    const Style& style, Ink ink) {
  std::istringstream words(text);
  std::string out, line(first, ' ');
  bool begun = false;
  for (std::string word; words >> word;) {
    if (begun && columns(line) + 1 + columns(word) > width) {
      out += paint(style, ink, line) + "\n";
      line.assign(others, ' ');
      begun = false;
    }
    line += (begun ? " " : "") + word;
    begun = true;
  }
  return begun ? out + paint(style, ink, line) + "\n" : out;
}

}  // namespace dwcp::reports
