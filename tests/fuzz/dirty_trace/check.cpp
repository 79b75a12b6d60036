#include "tests/fuzz/dirty_trace/check.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "hypervisor/model/dirty_trace.hpp"
#include "tests/fuzz/trace_text.hpp"

namespace dwcp::fuzz {
namespace {

using model::DirtyTrace;

// Longer than any scenario runs.
constexpr Duration years = std::chrono::hours(24 * 365 * 10);

std::string check_replay(const DirtyTrace& trace) {
  const Duration length = trace.length();
  if (length <= Duration(0)) return "a trace without a length";
  if (trace.written_by(Duration(0)) != 0) return "pages were written before it began";
  std::uint64_t before = 0;
  constexpr int steps = 64;
  for (int step = 0; step <= steps; ++step) {
    const std::uint64_t written = trace.written_by(length * step / steps);
    if (written < before || written > trace.pages()) return "what was written gets less, or more than there is";
    before = written;
  }
  if (before != trace.pages()) return "a whole length writes " + std::to_string(before) + " pages";
  const std::int64_t often = years / length;
  if (trace.written_by(length * often) != trace.pages() * static_cast<std::uint64_t>(often))
    return "a replay for years writes another number of pages";
  return {};
}

// Some thousands of its pages are looked at: a few bytes may name millions.
std::uint64_t stride(const DirtyTrace& trace) { return 1 + trace.pages() / 4096; }

std::string check_pages(const DirtyTrace& trace) {
  if (trace.pages() == 0 || trace.pages() > DirtyTrace::pages_max) return std::to_string(trace.pages()) + " pages";
  for (std::uint64_t i = 0; i < trace.pages(); i += stride(trace))
    if (trace.page(i) > DirtyTrace::page_number_max) return "page " + std::to_string(trace.page(i));
  return {};
}

bool same_replay(const DirtyTrace& left, const DirtyTrace& right) {
  if (left.length() != right.length() || left.pages() != right.pages()) return false;
  constexpr int steps = 16;
  for (int step = 0; step < steps; ++step) {
    const Duration at = left.length() * step / steps;
    if (left.written_by(at) != right.written_by(at)) return false;
  }
  for (std::uint64_t i = 0; i < left.pages(); i += stride(left))
    if (left.page(i) != right.page(i)) return false;
  return true;
}

}  // namespace

std::string check_dirty_trace(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  const auto trace = DirtyTrace::parse(text);
  const auto blanked = DirtyTrace::parse(with_other_blanks(text));
  if (trace.has_value() != blanked.has_value()) return "blanks decide whether it is taken";
  if (!trace) {
    const std::string& why = trace.error().detail;
    return names_the_line(why, text, "no page was ever written") ? "" : "refused without its line: '" + why + "'";
  }
  if (std::string wrong = check_pages(*trace); !wrong.empty()) return wrong;
  if (std::string wrong = check_replay(*trace); !wrong.empty()) return wrong;
  return same_replay(*trace, *blanked) ? "" : "blanks make a difference";
}

std::vector<ByteVector> dirty_trace_examples() {
  constexpr std::size_t lines_max = 6, line_max = 400;
  std::vector<std::string> texts{"# a remark\n1.0 7 3+2\n\n3 # nothing\n4\t9\n", "0.5 0+1000\r\n1e3 2147483647\n",
                                 "1000000 2147483000+647"};
  for (const char* name : {"compile.trace", "database.trace", "idle.trace"}) {
    std::ifstream file(std::filesystem::path(DWCP_SOURCE_DIR "/scenarios/common/guests") / name);
    std::string line, text;
    for (std::size_t number = 0; number < lines_max && std::getline(file, line); ++number) {
      if (line.size() > line_max) line.resize(line.rfind(' ', line_max));
      text += line + "\n";
    }
    if (text.empty()) std::abort();
    texts.push_back(text);
  }
  std::vector<ByteVector> all;
  for (const std::string& text : texts) all.emplace_back(as_bytes(text).begin(), as_bytes(text).end());
  return all;
}

}  // namespace dwcp::fuzz
