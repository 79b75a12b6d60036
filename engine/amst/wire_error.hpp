// Errors as they cross the wire: numbers of the error table, and text from a peer made safe to print.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp::amst::wire {

// The table's number; `internal` for codes of other categories.
std::uint32_t code_number(const Failure& failure);
// The code with that number; `refused` when this build does not know it.
Errc known_code(std::uint32_t number);
// Control characters become '?', and at most 1,000 bytes are kept.
std::string printable(std::string_view foreign_text);

}  // namespace dwcp::amst::wire
