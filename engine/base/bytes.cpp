#include "engine/base/bytes.hpp"

namespace dwcp {

Slice Slice::adopt(ByteVector bytes) {
  auto owner = std::make_shared<const ByteVector>(std::move(bytes));
  const ByteSpan view(*owner);
  return {std::move(owner), view};
}

Slice Slice::copy_of(ByteSpan bytes) { return adopt(ByteVector(bytes.begin(), bytes.end())); }

FieldWriter& FieldWriter::put_text(std::string_view text) {
  put(static_cast<std::uint16_t>(text.size()));
  return put_bytes(as_bytes(text));
}

ByteSpan FieldReader::get_bytes(std::size_t length) {
  if (rest_.size() < length) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const ByteSpan bytes = rest_.first(length);
  rest_ = rest_.subspan(length);
  return bytes;
}

std::string_view FieldReader::get_text() { return as_text(get_bytes(get<std::uint16_t>())); }

}  // namespace dwcp
