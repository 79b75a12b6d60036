#include "reports/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace dwcp::reports {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

namespace {

Style style_up_to(int descriptor, unsigned width_max) {
  Style style;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  style.width = std::clamp(style.width, 60u, width_max);
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  style.colour =
      is_terminal(descriptor) && (!no_colour || !*no_colour) && (terminal && std::string_view(terminal) != "dumb");
  return style;
}

}  // namespace

Style style_of(int descriptor) { return style_up_to(descriptor, 100); }
Style wide_style_of(int descriptor) { return style_up_to(descriptor, 140); }

std::string paint(const Style& style, Ink ink, std::string_view text) {
  constexpr std::string_view codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[36m"};
  const std::string_view code = codes[static_cast<std::size_t>(ink)];
  if (!style.colour || code.empty() || text.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {  // up to the letter that ends the sequence
      while (i < text.size() && !std::isalpha(static_cast<unsigned char>(text[i]))) ++i;
    } else if (!continues_character(text[i])) {
      ++count;
    }
  }
  return count;
}

std::string pad_left(std::string text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? std::string(width - have, ' ') + text : text;
}

std::string pad_right(std::string text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? text + std::string(width - have, ' ') : text;
}

std::string cut(std::string text, std::size_t width) {
  if (columns(text) <= width || width == 0) return text;
  std::size_t taken = 0, at = 0;
  while (at < text.size() && (taken < width - 1 || continues_character(text[at]))) {
    if (!continues_character(text[at])) ++taken;
    ++at;
  }
  return text.substr(0, at) + "…";
}

std::string bar(const Style& style, double share, std::size_t width) {
  constexpr std::string_view parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto eighths = static_cast<std::size_t>(std::lround(clamped * static_cast<double>(width) * 8));
  const std::string solid = repeated("█", eighths / 8) + std::string(parts[eighths % 8]);
  return paint(style, Ink::accent, solid) + paint(style, Ink::dim, repeated("·", width - columns(solid)));
}

std::string count_text(double count) {
  if (count >= 1e9) return format("%.2f G", count / 1e9);
  if (count >= 1e6) return format("%.2f M", count / 1e6);
  if (count >= 1e4) return format("%.1f k", count / 1e3);
  return format(count == std::floor(count) || count >= 1000 ? "%.0f" : "%.3g", count);
}

std::string wall_text(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds);
  if (seconds >= 90)
    std::snprintf(text, sizeof text, "%ld:%02ld min", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

std::string percent_text(double share) {
  const double percent = share * 100;
  return format(percent >= 99.95 || percent == 0 ? "%.0f %%" : percent >= 0.1 ? "%.1f %%" : "%.2g %%", percent);
}

std::string metric_text(std::string_view name, double value) {
  for (const std::string_view figure : {".p50", ".p90", ".p99", ".max"})
    if (name.ends_with(figure)) name.remove_suffix(figure.size());
  if (name.ends_with("_s")) return dwcp::to_string(from_seconds(value));
  if (value >= 0 && name.ends_with("_bps")) return dwcp::to_string(BitRate(static_cast<std::uint64_t>(value)));
  if (value >= 0 && name.find("bytes") != std::string_view::npos)
    return dwcp::to_string(Bytes(static_cast<std::uint64_t>(value)));
  if (name.ends_with("utilisation") || name.ends_with("_ratio")) return percent_text(value);
  if (name.ends_with("_percent")) return format("%.0f %%", value);
  return count_text(value);
}

}  // namespace dwcp::reports
