#include "hypervisor/qemu_stream/compose.hpp"

#include "hypervisor/qemu_stream/big_endian.hpp"

namespace dwcp::qemu_stream {

namespace {

void append_section_head(ByteVector& out, Mark mark, std::uint32_t id, std::string_view name, std::uint32_t instance,
                         std::uint32_t version) {
  append_mark(out, mark);
  append_be(out, id);
  append_name(out, name);
  append_be(out, instance);
  append_be(out, version);
}

void append_configuration(ByteVector& out, const StreamHead& head) {
  append_mark(out, Mark::configuration);
  append_be(out, static_cast<std::uint32_t>(head.machine_type.size()));
  append_bytes(out, as_bytes(head.machine_type));
  if (head.capabilities.empty()) return;
  append_mark(out, Mark::subsection);
  append_name(out, "configuration/capabilities");
  append_be(out, std::uint32_t{1});  // version
  append_be(out, static_cast<std::uint32_t>(head.capabilities.size()));
  for (const std::string& name : head.capabilities) append_name(out, name);
}

}  // namespace

ByteVector make_prefix(const StreamHead& head) {
  ByteVector out;
  append_be(out, stream_magic);
  append_be(out, stream_version);
  if (!head.machine_type.empty()) append_configuration(out, head);
  append_section_head(out, Mark::section_start, head.ram.section_id, ram_section_name, 0, ram_section_version);
  append_be(out, head.ram.total().value | flag::mem_size);
  for (const RamBlock& block : head.ram.blocks) {
    append_name(out, block.name);
    append_be(out, block.length.value);
    if (block.host_page_size) append_be(out, block.host_page_size->value);
    if (block.address) append_be(out, *block.address);
  }
  append_be(out, flag::end_of_section);
  append_footer(out, head.ram.section_id);
  return out;
}

ByteVector make_command(std::uint16_t number, ByteSpan data) {
  ByteVector out;
  append_mark(out, Mark::command);
  append_be(out, number);
  append_be(out, static_cast<std::uint16_t>(data.size()));
  append_bytes(out, data);
  return out;
}

ByteVector make_tail(std::span<const DeviceState> devices, std::uint32_t first_section_id,
                     std::string_view description) {
  ByteVector out;
  std::uint32_t id = first_section_id;
  for (const DeviceState& device : devices) {
    append_section_head(out, Mark::section_full, id, device.name, device.instance, device.version);
    append_bytes(out, device.contents);
    append_footer(out, id++);
  }
  append_mark(out, Mark::end_of_stream);
  if (!description.empty()) {
    append_mark(out, Mark::description);
    append_be(out, static_cast<std::uint32_t>(description.size()));
    append_bytes(out, as_bytes(description));
  }
  return out;
}

}  // namespace dwcp::qemu_stream
