#include "cli/transfer/display.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace dwcp::cli {
namespace {

constexpr unsigned percent_step = 10;                         // a line at least at every tenth...
constexpr Duration line_interval = std::chrono::seconds(10);  // ...and at least so often
constexpr std::size_t bar_width = 24;
constexpr std::size_t name_width = 30;

unsigned percent(const transfer::Progress& p) {
  if (p.total == Bytes(0)) return 100;
  return static_cast<unsigned>(std::min<std::uint64_t>(100, p.done.value * 100 / p.total.value));
}

std::string left(const transfer::Progress& p) {
  if (p.suspended) return "no connection, waiting";
  std::string text = to_string(Bytes(p.rate.value / 8)) + "/s";
  if (p.remaining) text += ", " + to_string(*p.remaining) + " left";
  return text;
}

std::string position(const transfer::Progress& p) {
  std::string text = to_string(p.done) + " of " + to_string(p.total);
  if (p.files > 1)
    text += ", file " + std::to_string(std::min(p.files_done + 1, p.files)) + " of " + std::to_string(p.files);
  return text;
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

ProgressDisplay::ProgressDisplay(const platform::Platform& platform, bool quiet)
    : platform_(platform), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressDisplay::show(const transfer::Progress& progress) {
  if (quiet_) return;
  if (terminal_)
    draw_bar(progress);
  else
    print_line(progress);
}

void ProgressDisplay::draw_bar(const transfer::Progress& p) {
  const std::size_t filled = bar_width * percent(p) / 100;
  std::string line = "[" + std::string(filled, '#') + std::string(bar_width - filled, '-') + "] " +
                     std::to_string(percent(p)) + " %  " + position(p) + "  " + left(p);
  if (!p.file.empty()) line += "  " + p.file.substr(0, name_width);
  line.resize(std::min(line.size(), terminal_width() - 1));
  std::cerr << "\r\x1b[K" << line << std::flush;
  drawn_ = true;
}

void ProgressDisplay::print_line(const transfer::Progress& p) {
  const TimePoint now = platform_.now();
  const unsigned step = percent(p) / percent_step;
  if (shown_ && step == last_percent_ && now - last_line_ < line_interval) return;
  std::cerr << "dwcp: " << percent(p) << " %, " << position(p) << ", " << left(p) << '\n';
  shown_ = true;
  last_percent_ = step;
  last_line_ = now;
}

void ProgressDisplay::clear() {
  if (!drawn_) return;
  std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace dwcp::cli
