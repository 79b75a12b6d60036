#include "engine/amst/wire_error.hpp"

namespace dwcp::amst::wire {

std::uint32_t code_number(const Failure& failure) {
  const bool ours = failure.code.category() == error_category();
  return static_cast<std::uint32_t>(ours ? failure.code.value() : static_cast<int>(Errc::internal));
}

Errc known_code(std::uint32_t number) {
  switch (number) {
#define DWCP_ERROR(name, code, text) \
  case code:                         \
    return Errc::name;
#include "engine/base/error_table.def"
#undef DWCP_ERROR
    default:
      return Errc::refused;
  }
}

std::string printable(std::string_view foreign_text) {
  constexpr std::size_t length_max = 1000;
  std::string text(foreign_text.substr(0, length_max));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

}  // namespace dwcp::amst::wire
