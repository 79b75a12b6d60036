#include "engine/transfer/names.hpp"

#include <array>

#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

const char* problem_with(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name == "." || name == "..") return "is a folder";
  if (name.size() > Limits::name_length_max) return "is longer than 239 bytes";
  for (const char c : name) {
    if (c == '/') return "has a '/': files land in one folder only";
    if (is_control(c)) return "has a control character";
  }
  for (const std::string_view ours : {".partial", ".partial-blocks"})
    if (name.ends_with(ours)) return "ends as the receiver's own unfinished files do";
  return nullptr;
}

}  // namespace

Result<std::string> check_name(std::string_view name) {
  if (const char* problem = problem_with(name))
    return Failure(Errc::refused, "file name " + in_quotes(name) + " " + problem);
  return std::string(name);
}

std::string in_quotes(std::string_view name) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "'";
  for (const char c : name) {
    if (!is_control(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
  return out + "'";
}

}  // namespace dwcp::transfer
