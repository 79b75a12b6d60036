// The opaque parts of a stream as QEMU writes them: for modelled guests and tests.
#pragma once

#include "hypervisor/qemu_stream/format.hpp"

namespace dwcp::qemu_stream {

struct StreamHead {
  std::string machine_type;               // 1..1024 bytes, e.g. "pc-q35-10.0"; empty: no configuration section
  std::vector<std::string> capabilities;  // those that QEMU lists (x-ignore-shared); each 1..255 bytes
  RamLayout ram;
};

// Magic to the footer of RAM's START section. Precondition: names and counts within the bounds in format.hpp.
ByteVector make_prefix(const StreamHead& head);

// A command between sections: number, data of at most 65535 bytes.
ByteVector make_command(std::uint16_t number, ByteSpan data);

struct DeviceState {
  std::string name;  // 1..255 bytes
  std::uint32_t instance = 0;
  std::uint32_t version = 1;
  ByteSpan contents;
};

// FULL sections numbered from `first_section_id`, the end mark, and `description` (JSON; none when empty).
ByteVector make_tail(std::span<const DeviceState> devices, std::uint32_t first_section_id,
                     std::string_view description);

}  // namespace dwcp::qemu_stream
