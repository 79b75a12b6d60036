#include "hypervisor/qemu_stream/writer.hpp"

#include "hypervisor/qemu_stream/big_endian.hpp"

namespace dwcp::qemu_stream {

Writer::Writer(ReaderOptions options) : reader_(follower_, std::move(options)) {}

Failure Writer::fail(Errc code, std::string what) {
  state_ = State::failed;
  return {code, std::move(what)};
}

Result<void> Writer::follow(ByteSpan bytes) {
  Result<void> fed = reader_.feed(bytes);
  if (!fed) {
    state_ = State::failed;
    return fed;
  }
  if (follower_.ram_record) return fail(Errc::protocol_error, "opaque bytes of the stream hold a RAM section");
  if (follower_.unreadable)
    state_ = State::tail;
  else if (follower_.layout_known)
    state_ = State::ram;
  return {};
}

Result<void> Writer::write_opaque(Part part, ByteSpan bytes, ByteVector& out) {
  const bool in_order = (part == Part::prefix && state_ == State::prefix) ||
                        (part == Part::between && state_ == State::ram) ||
                        (part == Part::tail && state_ == State::tail);
  if (!in_order) return fail(Errc::protocol_error, "opaque bytes of another part of the stream than is being written");
  if (part == Part::tail) {
    append_bytes(out, bytes);
    return {};
  }
  if (Result<void> fits = follow(bytes); !fits) return fits;
  if (part == Part::prefix) {
    if (state_ == State::ram && !reader_.at_boundary())
      return fail(Errc::protocol_error, "the prefix of the stream goes on after the block list");
    append_bytes(out, bytes);
    return {};
  }
  append_bytes(held_, bytes);
  if (reader_.at_boundary() || follower_.unreadable) {
    append_bytes(out, held_);
    held_.clear();
  }
  return {};
}

Result<void> Writer::write_pages(std::span<const PageRecord> batch, ByteVector& out) {
  if (batch.empty() && state_ == State::ram) return {};
  return write_section(Mark::section_part, batch, out);
}

Result<void> Writer::finish_ram(std::span<const PageRecord> last, ByteVector& out) {
  if (!held_.empty()) return fail(Errc::protocol_error, "RAM's end within a command of the stream");
  if (Result<void> written = write_section(Mark::section_end, last, out); !written) return written;
  state_ = State::tail;
  return {};
}

Result<void> Writer::write_section(Mark mark, std::span<const PageRecord> batch, ByteVector& out) {
  if (state_ != State::ram) return fail(Errc::protocol_error, "pages before the block list or after RAM's end");
  const RamLayout& ram = layout();
  append_mark(out, mark);
  append_be(out, ram.section_id);
  const RamBlock* current = nullptr;
  for (const PageRecord& record : batch) {
    if (record.block.value >= ram.blocks.size())
      return fail(Errc::bad_value,
                  "RAM block " + std::to_string(record.block.value) + " of " + std::to_string(ram.blocks.size()));
    const RamBlock& block = ram.blocks[record.block.value];
    if (record.page.value >= block.pages())
      return fail(Errc::bad_value, "page " + std::to_string(record.page.value) + " of RAM block " + block.name +
                                       ", which has " + std::to_string(block.pages()));
    if (!record.bytes.empty() && record.bytes.size() != page_size.value)
      return fail(Errc::bad_value, "a page of " + std::to_string(record.bytes.size()) + " bytes");
    const std::uint64_t kind = record.bytes.empty() ? flag::zero : flag::page;
    const std::uint64_t same = current == &block ? flag::same_block : 0;
    append_be(out, record.page.value * page_size.value | kind | same);
    if (current != &block) append_name(out, block.name);
    current = &block;
    if (record.bytes.empty())
      out.push_back(std::byte{0});
    else
      append_bytes(out, record.bytes);
  }
  append_be(out, flag::end_of_section);
  append_footer(out, ram.section_id);
  return {};
}

}  // namespace dwcp::qemu_stream
