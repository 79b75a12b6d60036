#include "hypervisor/qemu_stream/reader.hpp"

#include <algorithm>
#include <cstdio>

namespace dwcp::qemu_stream {

namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

Reader::Reader(Visitor& visitor, ReaderOptions options) : visitor_(visitor), options_(std::move(options)) {
  expect(8, &Reader::on_header);
}

void Reader::expect(std::size_t need, Step step) {
  need_ = need;
  step_ = step;
}

Failure Reader::bad(std::string what) const {
  return {Errc::bad_stream, "before byte " + std::to_string(position_) + " of the stream: " + what};
}

Failure Reader::unsupported(std::string what) const {
  return {Errc::unsupported_stream, "before byte " + std::to_string(position_) + " of the stream: " + what};
}

bool Reader::at_boundary() const {
  return carried_ == 0 && passing_ == 0 && (step_ == &Reader::on_mark || step_ == &Reader::on_record);
}

Result<void> Reader::feed(ByteSpan bytes) {
  while (!failure_ && !bytes.empty()) {
    Result<void> done = advance(bytes);
    if (!done) failure_ = done.error();
  }
  if (failure_) return *failure_;
  return {};
}

Result<void> Reader::advance(ByteSpan& input) {
  if (part_ == Part::tail || passing_ > 0) {
    const std::size_t length =
        part_ == Part::tail ? input.size() : static_cast<std::size_t>(std::min<std::uint64_t>(passing_, input.size()));
    if (part_ != Part::tail) passing_ -= length;
    position_ += length;
    opaque(input.first(length));
    input = input.subspan(length);
    return {};
  }
  ByteSpan token;
  if (!take(input, token)) return {};
  return (this->*step_)(token);
}

bool Reader::take(ByteSpan& input, ByteSpan& token) {
  if (carried_ == 0 && input.size() >= need_) {
    token = input.first(need_);
    input = input.subspan(need_);
    position_ += need_;
    return true;
  }
  const std::size_t length = std::min(need_ - carried_, input.size());
  std::memcpy(carry_.data() + carried_, input.data(), length);
  carried_ += length;
  position_ += length;
  input = input.subspan(length);
  if (carried_ < need_) return false;
  token = ByteSpan(carry_).first(need_);
  carried_ = 0;
  return true;
}

Result<void> Reader::finish() {
  if (failure_) return *failure_;
  if (part_ == Part::tail) return {};
  failure_ = bad("it ends before RAM's last section; was the migration cancelled?");
  return *failure_;
}

Result<void> Reader::on_header(ByteSpan token) {
  const auto magic = load_be<std::uint32_t>(token.data());
  const auto version = load_be<std::uint32_t>(token.data() + 4);
  if (magic == multifd_magic)
    return unsupported("a multifd channel; switch the capability multifd off (libvirt: no PARALLEL)");
  if (magic != stream_magic) return bad("the magic is " + hex(magic) + " where 0x5145564d (QEVM) belongs");
  if (version != stream_version) return unsupported("stream version " + std::to_string(version) + ", read is 3");
  opaque(token);
  expect_mark();
  return {};
}

Result<void> Reader::on_mark(ByteSpan token) {
  const auto mark = static_cast<Mark>(token[0]);
  const bool in_configuration = in_configuration_;
  in_configuration_ = false;
  switch (mark) {
    case Mark::configuration:
      if (position_ != 9) return bad("a configuration section that is not at the stream's beginning");
      opaque(token);
      expect(4, &Reader::on_machine_length);
      return {};
    case Mark::subsection:
      if (!in_configuration) return bad("a subsection outside of a section");
      opaque(token);
      expect(1, &Reader::on_subsection_name_length);
      return {};
    case Mark::command:
      opaque(token);
      expect(4, &Reader::on_command);
      return {};
    case Mark::section_start:
    case Mark::section_full:
    case Mark::section_part:
    case Mark::section_end:
      return begin_section(mark, token);
    case Mark::end_of_stream:
      return bad("the stream's end mark before RAM's last section");
    default:
      return bad("a mark " + hex(std::to_integer<unsigned>(token[0])) + " where a section or command belongs");
  }
}

Result<void> Reader::begin_section(Mark mark, ByteSpan token) {
  section_ = mark;
  if (mark == Mark::section_start || mark == Mark::section_full) {
    opaque(token);
    expect(4, &Reader::on_section_id);
    return {};
  }
  if (!ram_started_) return bad("a section goes on that was not started");
  expect(4, &Reader::on_ram_section_id);
  return {};
}

Result<void> Reader::on_ram_section_id(ByteSpan token) {
  section_id_ = load_be<std::uint32_t>(token.data());
  if (section_id_ != layout_.section_id)
    return bad("section " + std::to_string(section_id_) + " goes on that was not started; RAM is " +
               std::to_string(layout_.section_id));
  expect(8, &Reader::on_record);
  return {};
}

Result<void> Reader::on_record(ByteSpan token) {
  record_ = load_be<std::uint64_t>(token.data());
  const std::uint64_t flags = record_ & flag::mask;
  if (flags == flag::end_of_section) {
    expect(5, &Reader::on_footer);
    return {};
  }
  if (flags & flag::multifd_flush)
    return unsupported("record flag MULTIFD_FLUSH; switch the capability multifd off (libvirt: no PARALLEL)");
  if (flags & flag::compressed) return unsupported("record flag COMPRESS_PAGE; switch the capability compress off");
  if (flags & flag::hook) return unsupported("record flag HOOK; migrate over a socket, not over rdma:");
  if (flags & flag::xbzrle)
    return unsupported("record flag XBZRLE; switch the capability xbzrle off (libvirt: no COMPRESSED with xbzrle)");
  const std::uint64_t kind = flags & ~flag::same_block;
  if (kind != flag::zero && kind != flag::page) return bad("a RAM record with flags " + hex(flags));
  pages_seen_ = true;
  if (!(flags & flag::same_block)) {
    expect(1, &Reader::on_record_block_length);
    return {};
  }
  if (!current_) return bad("a RAM record that continues a block before any was named");
  return next_record_part();
}

Result<void> Reader::on_record_block_length(ByteSpan token) {
  const auto length = std::to_integer<std::size_t>(token[0]);
  if (length == 0) return bad("a RAM record with an empty block name");
  expect(length, &Reader::on_record_block);
  return {};
}

Result<void> Reader::on_record_block(ByteSpan token) {
  current_ = layout_.find(as_text(token));
  if (!current_) return bad("a RAM record of a block that the block list does not have");
  return next_record_part();
}

Result<void> Reader::next_record_part() {
  const RamBlock& block = layout_.blocks[current_->value];
  const std::uint64_t offset = record_ & ~flag::mask;
  if (offset >= block.length.value)
    return bad("a RAM record at offset " + hex(offset) + " of block " + block.name + ", which is " +
               hex(block.length.value) + " long");
  if (record_ & flag::zero)
    expect(1, &Reader::on_zero_fill);
  else
    expect(page_size.value, &Reader::on_page_bytes);
  return {};
}

Result<void> Reader::on_zero_fill(ByteSpan token) {
  if (token[0] != std::byte{0}) return bad("a zero page filled with " + hex(std::to_integer<unsigned>(token[0])));
  visitor_.on_zero_page(*current_, PageIndex(record_ / page_size.value));
  expect(8, &Reader::on_record);
  return {};
}

Result<void> Reader::on_page_bytes(ByteSpan token) {
  visitor_.on_page(*current_, PageIndex(record_ / page_size.value), token.first<page_size.value>());
  expect(8, &Reader::on_record);
  return {};
}

// The footer of any of RAM's sections.
Result<void> Reader::on_footer(ByteSpan token) {
  if (static_cast<Mark>(token[0]) != Mark::section_footer)
    return unsupported("no footer after a RAM section; machine types before 2.4 are not read");
  const auto id = load_be<std::uint32_t>(token.data() + 1);
  if (id != section_id_)
    return bad("the footer of section " + std::to_string(id) + " after section " + std::to_string(section_id_));
  expect_mark();
  if (section_ == Mark::section_start) {
    opaque(token);
    part_ = Part::between;
    visitor_.on_ram_layout(layout_);
  } else if (section_ == Mark::section_part) {
    visitor_.on_section_end();
  } else {
    part_ = Part::tail;
    visitor_.on_ram_end();
  }
  return {};
}

}  // namespace dwcp::qemu_stream
