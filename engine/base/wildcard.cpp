#include "engine/base/wildcard.hpp"

namespace dwcp {

bool fits_pattern(std::string_view pattern, std::string_view text) {
  // Every star but the last takes as little as it can; going back is needed to the last one only.
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_pattern(std::string_view name) { return name.find('*') != std::string_view::npos; }

}  // namespace dwcp
