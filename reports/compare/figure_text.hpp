// Figures of comparisons as text; shared by compare and gate.
#pragma once

#include <string>
#include <string_view>

#include "reports/text.hpp"

namespace dwcp::reports {

// By the unit, where there is one, else by the end of the metric's name.
std::string figure_text(std::string_view metric, std::string_view unit, double value);
// "+5.4 %", "0 %"; "from 0" where there is no share.
std::string change_text(double from, double to);
// "0.012", "<0.001".
std::string p_text(double p);
// Without the middle, where the text exceeds `width`; both ends tell such names apart.
std::string cut_middle(const std::string& text, std::size_t width);
// Broken at spaces into lines of at most `width` columns, the first indented by `first`, the others by `others`;
// painted.
std::string wrapped(const std::string& text, std::size_t width, std::size_t first, std::size_t others,
                    const Style& style, Ink ink);

}  // namespace dwcp::reports
