#include "reports/html_page.hpp"

#include <array>
#include <cstdint>

#include "reports/html_text.hpp"

namespace dwcp::reports {
namespace {

// What html/page.html has instead, for this file to fill in.
constexpr std::string_view title_mark = "@TITLE@", data_mark = "@DATA@", hash_mark = "@SCRIPT_HASH@";

std::string escaped(std::string_view text, std::string (*of)(char)) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) out += of(c);
  return out;
}

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

}  // namespace

std::string html_escaped(std::string_view text) {
  return escaped(text, [](char c) -> std::string {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '"':
        return "&quot;";
      case '\'':
        return "&#39;";
      default:
        return {c};
    }
  });
}

// In JSON these characters stand in strings only, where they may be written as their numbers.
std::string json_for_script(std::string_view json) {
  return escaped(json, [](char c) -> std::string {
    switch (c) {
      case '<':
        return "\\u003c";
      case '>':
        return "\\u003e";
      case '&':
        return "\\u0026";
      default:
        return {c};
    }
  });
}

std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : hex) {
    bits = bits << 4 | digit(c);
    count += 4;
    if (count < 6) continue;
    count -= 6;
    out += alphabet[bits >> count & 63];
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string html_page(std::string_view title, std::string_view json) {
  const std::string_view page = html_page_text();
  std::string out;
  out.reserve(page.size() + json.size() + json.size() / 16);
  std::size_t done = 0;
  // The marks stand in the template in this order; what is filled in is not looked at again.
  const auto fill = [&](std::string_view mark, const std::string& text) {
    const std::size_t at = page.find(mark, done);
    out += page.substr(done, at - done);
    out += text;
    done = at + mark.size();
  };
  fill(hash_mark, base64_of_hex(html_script_sha256()));
  fill(title_mark, html_escaped(title));
  fill(data_mark, json_for_script(json));
  out += page.substr(done);
  return out;
}

}  // namespace dwcp::reports
