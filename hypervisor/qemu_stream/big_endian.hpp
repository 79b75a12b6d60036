// Appends big-endian fields, as QEMU's stream has them.
#pragma once

#include "hypervisor/qemu_stream/format.hpp"

namespace dwcp::qemu_stream {

template <class T>
void append_be(ByteVector& out, T value) {
  std::byte field[sizeof(T)];
  store_be(field, value);
  out.insert(out.end(), field, field + sizeof(T));
}

inline void append_mark(ByteVector& out, Mark mark) { out.push_back(static_cast<std::byte>(mark)); }

inline void append_bytes(ByteVector& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// One byte of length, then the text. Precondition: text.size() <= name_max.
inline void append_name(ByteVector& out, std::string_view text) {
  out.push_back(static_cast<std::byte>(text.size()));
  append_bytes(out, as_bytes(text));
}

inline void append_footer(ByteVector& out, std::uint32_t section_id) {
  append_mark(out, Mark::section_footer);
  append_be(out, section_id);
}

}  // namespace dwcp::qemu_stream
