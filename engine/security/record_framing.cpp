#include "engine/security/record_framing.hpp"

#include <algorithm>

namespace dwcp::security {

void RecordFraming::follow(ByteSpan bytes) {
  while (!bytes.empty()) {
    if (body_left_ > 0) {
      const std::size_t part = std::min(body_left_, bytes.size());
      body_left_ -= part;
      bytes = bytes.subspan(part);
      continue;
    }
    length_ = static_cast<std::uint16_t>(length_ << 8 | std::to_integer<unsigned>(bytes.front()));
    bytes = bytes.subspan(1);
    if (++header_filled_ < header_size) continue;
    header_filled_ = 0;
    body_left_ = length_;  // the header's last two bytes
  }
}

}  // namespace dwcp::security
