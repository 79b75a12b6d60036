#include "engine/node/line_splitter.hpp"

namespace dwcp::node {

bool LineSplitter::feed(std::string_view bytes) {
  pending_.erase(0, taken_);
  taken_ = 0;
  pending_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1)
    if (end - begin > longest_) return false;
  return pending_.size() - begin <= longest_;
}

std::optional<std::string> LineSplitter::next() {
  const std::size_t end = pending_.find('\n', taken_);
  if (end == std::string::npos) return {};
  std::string line = pending_.substr(taken_, end - taken_);
  taken_ = end + 1;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace dwcp::node
