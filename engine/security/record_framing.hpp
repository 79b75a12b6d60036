// Where the records of a connection begin and end, as their headers say (RFC 8446, section 5.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/bytes.hpp"

namespace dwcp::security {

class RecordFraming {
 public:
  static constexpr std::size_t header_size = 5;  // type, version, and the length of what follows

  // What came next on the connection, in pieces of any size.
  void follow(ByteSpan bytes);
  // How many bytes must come at least before another record is whole, 1 to 65'535: its rest, or its header's.
  std::size_t missing() const { return body_left_ > 0 ? body_left_ : header_size - header_filled_; }

 private:
  std::size_t header_filled_ = 0;  // below header_size; 0 within a body
  std::uint16_t length_ = 0;       // of the body, as far as its header has come
  std::size_t body_left_ = 0;
};

}  // namespace dwcp::security
