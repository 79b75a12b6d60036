// Cuts a byte stream into lines, with a bound on their length.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dwcp::node {

class LineSplitter {
 public:
  // `longest`: bytes of a line, its break not counted.
  explicit LineSplitter(std::size_t longest) : longest_(longest) {}

  // False when the line that begins in what was not yet taken is too long: nothing more is to be had from this stream.
  bool feed(std::string_view bytes);
  // The next whole line without its break ("\n" or "\r\n").
  std::optional<std::string> next();

 private:
  const std::size_t longest_;
  std::string pending_;
  std::size_t taken_ = 0;  // of pending_
};

}  // namespace dwcp::node
