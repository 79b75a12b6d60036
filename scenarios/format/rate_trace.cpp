#include "scenarios/format/rate_trace.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace dwcp::scenarios {
namespace {

constexpr double seconds_max = 1e8, megabits_max = 1e7;
constexpr std::string_view blanks = " \t\r";

bool take_number(std::string_view& line, double& value) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  line.remove_prefix(word.size());
  return error == std::errc{} && end == word.data() + word.size();
}

Failure wrong(std::size_t line, const std::string& what) {
  return {Errc::bad_value, "line " + std::to_string(line) + ": " + what};
}

}  // namespace

Result<std::vector<RateSample>> parse_rate_trace(std::string_view text) {
  std::vector<RateSample> samples;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(blanks) == std::string_view::npos) continue;
    double seconds = 0, megabits = 0;
    if (!take_number(line, seconds) || !take_number(line, megabits) ||
        line.find_first_not_of(blanks) != std::string_view::npos)
      return wrong(number, "two numbers would be right: seconds and Mbit/s");
    // Also false for what is no number.
    if (!(seconds >= 0 && seconds <= seconds_max)) return wrong(number, "seconds from 0 to 100000000 would be right");
    if (!(megabits >= 0 && megabits <= megabits_max)) return wrong(number, "Mbit/s from 0 to 10000000 would be right");
    RateSample sample{Duration(std::llround(seconds * 1e9)),
                      std::max(traced_rate_min, BitRate(static_cast<std::uint64_t>(std::llround(megabits * 1e6))))};
    if (!samples.empty() && sample.at <= samples.back().at) return wrong(number, "times must ascend");
    if (samples.size() == trace_samples_max)
      return wrong(number, "more than " + std::to_string(trace_samples_max) + " samples");
    samples.push_back(sample);
  }
  if (samples.empty()) return Failure(Errc::bad_value, "there is no sample");
  return samples;
}

Result<std::vector<RateSample>> load_rate_trace(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // An empty file is read, too: inserting nothing is no failure of reading.
  if (!in || (in.peek() != std::ifstream::traits_type::eof() && !(text << in.rdbuf())) || in.bad())
    return Failure(Errc::storage_failed, "'" + file.string() + "' cannot be read");
  auto samples = parse_rate_trace(text.view());
  if (!samples) return Failure(Errc::bad_value, "'" + file.string() + "', " + samples.error().detail);
  return samples;
}

Duration length_of(const std::vector<RateSample>& trace) {
  const Duration last =
      trace.size() > 1 ? trace.back().at - trace[trace.size() - 2].at : Duration(std::chrono::seconds(1));
  return trace.back().at + last;
}

}  // namespace dwcp::scenarios
