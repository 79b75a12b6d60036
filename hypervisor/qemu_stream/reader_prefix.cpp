// The reader's steps up to the block list: configuration section, commands, RAM's START section.
#include <algorithm>

#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::qemu_stream {

namespace {

// Names go into messages and logs.
bool is_printable(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

// --- configuration section: machine type, then subsections

Result<void> Reader::on_machine_length(ByteSpan token) {
  const auto length = load_be<std::uint32_t>(token.data());
  if (length == 0 || length > machine_name_max)
    return bad("a machine type's name of " + std::to_string(length) + " bytes; 1 to 1024 would be right");
  opaque(token);
  in_configuration_ = true;
  expect_mark();
  pass(length);
  return {};
}

Result<void> Reader::on_subsection_name_length(ByteSpan token) {
  const auto length = std::to_integer<std::size_t>(token[0]);
  opaque(token);
  expect(length + 4, &Reader::on_subsection_name);  // the version follows
  return {};
}

Result<void> Reader::on_subsection_name(ByteSpan token) {
  const std::string_view name = as_text(token.first(token.size() - 4));
  std::uint64_t length = 0;
  if (name == "configuration/target-page-bits")
    length = 4;
  else if (name == "configuration/uuid")
    length = 16;
  else if (name != "configuration/capabilities")
    return unsupported("the configuration section has a part that is not known here");
  opaque(token);
  if (length == 0) {
    expect(4, &Reader::on_capability_count);
    return {};
  }
  in_configuration_ = true;
  expect_mark();
  pass(length);
  return {};
}

Result<void> Reader::on_capability_count(ByteSpan token) {
  names_left_ = load_be<std::uint32_t>(token.data());
  if (names_left_ > capabilities_max)
    return bad("a list of " + std::to_string(names_left_) + " capabilities; at most 256 would be right");
  opaque(token);
  return next_capability();
}

Result<void> Reader::next_capability() {
  if (names_left_ > 0) {
    --names_left_;
    expect(1, &Reader::on_capability_length);
  } else {
    in_configuration_ = true;
    expect_mark();
  }
  return {};
}

Result<void> Reader::on_capability_length(ByteSpan token) {
  const auto length = std::to_integer<std::size_t>(token[0]);
  if (length == 0) return bad("a capability with an empty name");
  opaque(token);
  expect(length, &Reader::on_capability);
  return {};
}

Result<void> Reader::on_capability(ByteSpan token) {
  const std::string_view name = as_text(token);
  if (name == "mapped-ram") return unsupported("capability mapped-ram is on; switch it off");
  if (name == "x-ignore-shared") ignore_shared_ = true;
  opaque(token);
  return next_capability();
}

// --- commands: number, length, data

Result<void> Reader::on_command(ByteSpan token) {
  const auto number = load_be<std::uint16_t>(token.data());
  if (number == command_packaged)
    return unsupported("post-copy began; do not start post-copy while the engine carries the pages");
  opaque(token);
  expect_mark();
  pass(load_be<std::uint16_t>(token.data() + 2));
  return {};
}

// --- a section's head: id, name, instance, version

Result<void> Reader::on_section_id(ByteSpan token) {
  section_id_ = load_be<std::uint32_t>(token.data());
  opaque(token);
  expect(1, &Reader::on_name_length);
  return {};
}

Result<void> Reader::on_name_length(ByteSpan token) {
  const auto length = std::to_integer<std::size_t>(token[0]);
  if (length == 0) return bad("a section with an empty name");
  opaque(token);
  expect(length, &Reader::on_name);
  return {};
}

Result<void> Reader::on_name(ByteSpan token) {
  const std::string_view name = as_text(token);
  if (!is_printable(name)) return bad("a section whose name is not printable");
  if (name != ram_section_name || section_ == Mark::section_full) return unreadable(token);
  if (ram_started_) return bad("RAM's section starts a second time");
  opaque(token);
  layout_.section_id = section_id_;
  expect(8, &Reader::on_instance);
  return {};
}

Result<void> Reader::unreadable(ByteSpan name) {
  // What follows may hold records that continue the block of a page that was taken out of the stream before.
  if (pages_seen_) return unsupported("a section that is not RAM's starts between pages");
  opaque(name);
  part_ = Part::tail;
  visitor_.on_unreadable(as_text(name));
  return {};
}

Result<void> Reader::on_instance(ByteSpan token) {
  const auto version = load_be<std::uint32_t>(token.data() + 4);
  if (version != ram_section_version)
    return unsupported("RAM section version " + std::to_string(version) + ", read is 4");
  opaque(token);
  expect(8, &Reader::on_total);
  return {};
}

// --- RAM's START section: the block list

Result<void> Reader::on_total(ByteSpan token) {
  const auto total = load_be<std::uint64_t>(token.data());
  if ((total & flag::mask) != flag::mem_size) return bad("RAM's section starts without the total size");
  blocks_left_ = Bytes(total & ~flag::mask);
  if (blocks_left_ > ram_max) return bad("a RAM of " + std::to_string(blocks_left_.value) + " bytes");
  opaque(token);
  return next_block();
}

Result<void> Reader::next_block() {
  if (blocks_left_ > Bytes(0))
    expect(1, &Reader::on_block_name_length);
  else
    expect(8, &Reader::on_start_end);
  return {};
}

Result<void> Reader::on_block_name_length(ByteSpan token) {
  const auto length = std::to_integer<std::size_t>(token[0]);
  if (length == 0) return bad("a RAM block with an empty name");
  if (layout_.blocks.size() == blocks_max) return bad("more than 1024 RAM blocks");
  opaque(token);
  expect(length, &Reader::on_block_name);
  return {};
}

Result<void> Reader::on_block_name(ByteSpan token) {
  if (!is_printable(as_text(token))) return bad("a RAM block whose name is not printable");
  if (layout_.find(as_text(token))) return bad("a RAM block is listed twice");
  RamBlock block;
  block.name = as_text(token);
  const bool page_size_listed =
      std::ranges::find(options_.huge_page_blocks, block.name) != options_.huge_page_blocks.end();
  layout_.blocks.push_back(std::move(block));
  opaque(token);
  if (page_size_listed) layout_.blocks.back().host_page_size = Bytes(0);
  const std::size_t optional_fields = (page_size_listed ? 8 : 0) + (ignore_shared_ ? 8 : 0);
  expect(8 + optional_fields, &Reader::on_block_fields);
  return {};
}

Result<void> Reader::on_block_fields(ByteSpan token) {
  RamBlock& block = layout_.blocks.back();
  const std::byte* field = token.data();
  block.length = Bytes(load_be<std::uint64_t>(field));
  field += 8;
  if (block.host_page_size) {
    block.host_page_size = Bytes(load_be<std::uint64_t>(field));
    field += 8;
  }
  if (ignore_shared_) block.address = load_be<std::uint64_t>(field);
  if (block.length.value % page_size.value != 0)
    return unsupported("RAM block " + block.name + " is not a whole number of 4 KiB pages");
  if (block.length > blocks_left_) return bad("RAM block " + block.name + " is longer than all RAM");
  blocks_left_ -= block.length;
  opaque(token);
  return next_block();
}

Result<void> Reader::on_start_end(ByteSpan token) {
  const auto record = load_be<std::uint64_t>(token.data());
  if (record & flag::multifd_flush)
    return unsupported("record flag MULTIFD_FLUSH; switch the capability multifd off (libvirt: no PARALLEL)");
  if (record & flag::hook) return unsupported("record flag HOOK; migrate over a socket, not over rdma:");
  if (record != flag::end_of_section)
    return bad("RAM's block list does not end where it should; is a block on huge pages under post-copy?");
  ram_started_ = true;
  opaque(token);
  expect(5, &Reader::on_footer);
  return {};
}

}  // namespace dwcp::qemu_stream
