// What the checks of both kinds of traces share: traces are lines of numbers.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace dwcp::fuzz {

// The same lines as another editor would leave them: blanks at both ends, an empty line after each, CR before LF.
inline std::string with_other_blanks(std::string_view text) {
  std::string other;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    other += " \t";
    other += line;
    other += " \r\n\r\n";
  }
  return other;
}

// A refusal begins with "line N: " where N is one of the text's, or says `of_all`, what is wrong with the whole.
inline bool names_the_line(std::string_view detail, std::string_view text, std::string_view of_all) {
  constexpr std::string_view begin = "line ";
  if (detail == of_all) return true;
  if (!detail.starts_with(begin)) return false;
  std::size_t number = 0;
  const char* last = detail.data() + detail.size();
  const auto [end, error] = std::from_chars(detail.data() + begin.size(), last, number);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  return error == std::errc{} && number >= 1 && number <= lines && std::string_view(end, last).starts_with(": ") &&
         std::string_view(end, last).size() > 2;
}

}  // namespace dwcp::fuzz
