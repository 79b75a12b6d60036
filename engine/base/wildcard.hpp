// Names meant by a pattern.
#pragma once

#include <string_view>

namespace dwcp {

// `*` stands for any characters, none among them; everything else for itself. Linear in all but odd cases.
bool fits_pattern(std::string_view pattern, std::string_view text);
// There is a `*` in it.
bool is_pattern(std::string_view name);

}  // namespace dwcp
