#include "engine/security/peer_name.hpp"

#include <charconv>
#include <optional>

namespace dwcp::security {
namespace {

constexpr std::string_view scheme = "dwcp://";
constexpr std::size_t part_max = 255;
constexpr std::string_view digits = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encode(std::string_view part) {
  std::string text;
  for (const char c : part) {
    if (is_unreserved(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  std::string part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_unreserved(text[i])) {
      part += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text[i] != '%' || i + 2 >= text.size()) return std::nullopt;
    const char* const end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end) return std::nullopt;
    part += static_cast<char>(byte);
    i += 2;
  }
  if (part.empty() || part.size() > part_max) return std::nullopt;
  return part;
}

}  // namespace

std::string to_uri(const PeerName& name) {
  return std::string(scheme) + encode(name.cluster) + "/" + encode(name.node.text);
}

Result<PeerName> parse_uri(std::string_view uri) {
  const auto wrong = [&] {
    return Failure(Errc::bad_value, "'" + std::string(uri) + "' is no node's name; dwcp://CLUSTER/NODE would be right");
  };
  if (!uri.starts_with(scheme)) return wrong();
  const std::string_view rest = uri.substr(scheme.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong();
  auto cluster = decode(rest.substr(0, slash));
  auto node = decode(rest.substr(slash + 1));
  if (!cluster || !node) return wrong();
  return PeerName(std::move(*cluster), NodeId(std::move(*node)));
}

}  // namespace dwcp::security
