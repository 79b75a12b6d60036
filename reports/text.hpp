// Text for a terminal: columns, restrained colour, figures with units.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/units.hpp"

namespace dwcp::reports {

struct Style {
  bool colour = false;
  unsigned width = 80;  // columns of the terminal; text is laid out for 60 to 100
};
// Of a file descriptor: no colour unless it is a terminal, and never when NO_COLOR is set and not empty or TERM is
// dumb.
Style style_of(int descriptor);
// The same for tables that use more: up to 140 columns.
Style wide_style_of(int descriptor);
bool is_terminal(int descriptor);

enum class Ink { plain, bold, dim, good, bad, accent };
std::string paint(const Style& style, Ink ink, std::string_view text);

// Columns that UTF-8 text takes, colour sequences excluded. Every character that is printed here takes one column.
std::size_t columns(std::string_view text);
std::string pad_left(std::string text, std::size_t width);   // the text at the right
std::string pad_right(std::string text, std::size_t width);  // the text at the left
// Without the part that exceeds `width`; an ellipsis says so.
std::string cut(std::string text, std::size_t width);

// A bar of `width` columns, of which `share` (0..1, clamped) is solid, in eighths of a column.
std::string bar(const Style& style, double share, std::size_t width);
// "12.3 k", "1.21 M"
std::string count_text(double count);
// "12.3 s", "2:05 min": time on the wall.
std::string wall_text(double seconds);
// "94.1 %"
std::string percent_text(double share);
// A metric's value as a person reads it, by the unit at the end of its name.
std::string metric_text(std::string_view name, double value);

}  // namespace dwcp::reports
