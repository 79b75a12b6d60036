#include "hypervisor/model/dirty_trace.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace dwcp::model {
namespace {

constexpr double seconds_max = 1e6;

Failure wrong_trace(std::size_t line, const std::string& what) {
  return {Errc::bad_value, "line " + std::to_string(line) + ": " + what};
}

std::string_view next_word(std::string_view& line) {
  constexpr std::string_view blanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view token = line.substr(0, std::min(line.find_first_of(blanks), line.size()));
  line.remove_prefix(token.size());
  return token;
}

template <class T>
bool take(std::string_view& token, T& value) {
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc{}) return false;
  token.remove_prefix(static_cast<std::size_t>(end - token.data()));
  return true;
}

// "17" or "17+3".
bool take_pages(std::string_view token, std::uint64_t& first, std::uint64_t& more) {
  more = 0;
  if (!take(token, first)) return false;
  if (token.empty()) return true;
  if (token.front() != '+') return false;
  token.remove_prefix(1);
  return take(token, more) && token.empty();
}

}  // namespace

Result<DirtyTrace> DirtyTrace::parse(std::string_view text) {
  DirtyTrace trace;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    std::string_view line = whole.substr(0, whole.find('#'));
    std::string_view token = next_word(line);
    if (token.empty()) continue;
    double seconds = 0;
    if (!take(token, seconds) || !token.empty() || !(seconds > 0 && seconds <= seconds_max))
      return wrong_trace(number, "seconds above 0, to 1000000, would be right");
    const Duration until(std::llround(seconds * 1e9));
    const bool first_interval = trace.intervals_.empty();
    if (until < (first_interval ? Duration(0) : trace.intervals_.back().until) + interval_min)
      return wrong_trace(
          number, first_interval ? "seconds from 0.001 on would be right" : "times must ascend, by 0.001 s at least");
    if (trace.intervals_.size() == intervals_max)
      return wrong_trace(number, "more than " + std::to_string(intervals_max) + " intervals");
    trace.intervals_.push_back({until, trace.pages_.size()});
    while (!(token = next_word(line)).empty()) {
      std::uint64_t first = 0, more = 0;
      if (!take_pages(token, first, more) || first > page_number_max || more > page_number_max - first)
        return wrong_trace(number, "pages as numbers below 2^31 or FIRST+MORE would be right");
      if (more >= pages_max || trace.pages_.size() + more + 1 > pages_max)
        return wrong_trace(number, "more than " + std::to_string(pages_max) + " pages in all");
      for (std::uint64_t i = 0; i <= more; ++i) trace.pages_.push_back(static_cast<std::uint32_t>(first + i));
    }
  }
  if (trace.pages_.empty()) return Failure(Errc::bad_value, "no page was ever written");
  return trace;
}

Result<DirtyTrace> DirtyTrace::load(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return Failure(Errc::not_found, "'" + file.string() + "' does not exist");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // An empty file is read, too: inserting nothing is no failure of reading.
  if (!in || (in.peek() != std::ifstream::traits_type::eof() && !(text << in.rdbuf())) || in.bad())
    return Failure(Errc::storage_failed, "'" + file.string() + "' cannot be read");
  auto trace = parse(text.view());
  if (!trace) return Failure(Errc::bad_value, "'" + file.string() + "', " + trace.error().detail);
  return trace;
}

std::uint64_t DirtyTrace::written_by(Duration guest_time) const {
  const auto times = static_cast<std::uint64_t>(guest_time / length());
  const Duration within = guest_time % length();
  const auto interval = std::ranges::upper_bound(intervals_, within, {}, &Interval::until);
  const bool first = interval == intervals_.begin(), last = std::next(interval) == intervals_.end();
  const Duration begin = first ? Duration(0) : std::prev(interval)->until;
  const std::uint64_t here = (last ? pages_.size() : std::next(interval)->pages_before) - interval->pages_before;
  const double share =
      static_cast<double>((within - begin).count()) / static_cast<double>((interval->until - begin).count());
  return times * pages_.size() + interval->pages_before + static_cast<std::uint64_t>(static_cast<double>(here) * share);
}

}  // namespace dwcp::model
