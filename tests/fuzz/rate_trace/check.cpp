#include "tests/fuzz/rate_trace/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/format/rate_trace.hpp"
#include "tests/fuzz/trace_text.hpp"

namespace dwcp::fuzz {
namespace {

using scenarios::RateSample;
using scenarios::traced_rate_min;

using Samples = std::vector<RateSample>;

// Up to here a time in nanoseconds survives being written as seconds and read as a double.
constexpr Duration exact_until{std::int64_t{1} << 50};

std::string as_text_file(const Samples& samples) {
  std::string text;
  for (const RateSample& sample : samples) {
    char line[80];
    std::snprintf(line, sizeof line, "%.9f %.6f\n", static_cast<double>(sample.at.count()) / 1e9,
                  static_cast<double>(sample.rate.value) / 1e6);
    text += line;
  }
  return text;
}

std::string check_samples(const Samples& samples) {
  if (samples.empty() || samples.size() > scenarios::trace_samples_max)
    return std::to_string(samples.size()) + " samples";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].at < Duration(0)) return "a time before the begin";
    if (i > 0 && samples[i].at <= samples[i - 1].at) return "times that do not ascend";
    if (samples[i].rate < traced_rate_min) return "a rate below the least, " + to_string(samples[i].rate);
  }
  if (scenarios::length_of(samples) <= samples.back().at) return "a last sample that does not last";
  return {};
}

}  // namespace

std::string check_rate_trace(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  const auto samples = scenarios::parse_rate_trace(text);
  const auto blanked = scenarios::parse_rate_trace(with_other_blanks(text));
  if (samples.has_value() != blanked.has_value()) return "blanks decide whether it is taken";
  if (!samples) {
    const std::string& why = samples.error().detail;
    return names_the_line(why, text, "there is no sample") ? "" : "refused without its line: '" + why + "'";
  }
  if (*samples != *blanked) return "blanks make a difference";
  if (std::string wrong = check_samples(*samples); !wrong.empty()) return wrong;
  if (samples->back().at > exact_until) return {};
  const auto again = scenarios::parse_rate_trace(as_text_file(*samples));
  return again && *again == *samples ? "" : "written anew it is another trace";
}

std::vector<ByteVector> rate_trace_examples() {
  constexpr std::size_t lines_max = 20;
  std::vector<std::string> texts{"0 1\n0.5 0\r\n\n1e0\t1e7\n", "3 1", "  0.0\t 2.29  \n1.01 0\n99999999.5 0.000001"};
  for (const char* name : {"dsl-evening.log", "train-4g.log"}) {
    std::ifstream file(std::filesystem::path(DWCP_SOURCE_DIR "/scenarios/common/traces") / name);
    std::string line, text;
    for (std::size_t number = 0; number < lines_max && std::getline(file, line); ++number) text += line + "\n";
    if (text.empty()) std::abort();
    texts.push_back(text);
  }
  std::vector<ByteVector> all;
  for (const std::string& text : texts) all.emplace_back(as_bytes(text).begin(), as_bytes(text).end());
  return all;
}

}  // namespace dwcp::fuzz
