// Makes a valid QEMU migration stream again from what Reader took apart: opaque bytes in their order, and page records
// in any order. What it writes:
//
//   the prefix, unchanged  { a PART section of RAM for each write_pages(), commands in between }
//   RAM's END section by finish_ram()  the tail, unchanged
//
// Calls may come in this order only: write_opaque(prefix…) until ready(); then write_pages() and write_opaque(between…)
// in any mixture; finish_ram(); write_opaque(tail…). After on_unreadable at the source everything is opaque: no pages,
// no finish_ram(), and the tail follows the prefix. Calls out of order and bytes that do not fit are errors, never an
// invalid stream.
//
// The caller's part: of two contents of one page the newer one is written later (or the older one never), and all
// commands that the source gave between RAM's sections are written before finish_ram(). Holding back the tail keeps the
// incoming QEMU from starting the guest.
#pragma once

#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::qemu_stream {

class Writer {
 public:
  // `options` as given to the Reader at the source.
  explicit Writer(ReaderOptions options = {});
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // All functions append to `out`; after an error nothing more can be written. Errors: what Reader::feed gives for
  // opaque bytes; protocol_error for calls out of order.

  // Opaque bytes, cut anywhere. A command between RAM's sections is held until it is complete (64 KiB at most).
  Result<void> write_opaque(Part part, ByteSpan bytes, ByteVector& out);
  // One PART section. An empty batch writes nothing. Errors also: bad_value for a block or page that the block list
  // does not have, or bytes that are not a page.
  Result<void> write_pages(std::span<const PageRecord> batch, ByteVector& out);
  // RAM's END section, with these last pages in it.
  Result<void> finish_ram(std::span<const PageRecord> last, ByteVector& out);

  // The prefix is complete: the block list is known, pages may be written.
  bool ready() const { return state_ == State::ram; }
  // Empty before ready().
  const RamLayout& layout() const { return reader_.layout(); }

  // Upper bound of what write_pages() or finish_ram() appends for `pages` records.
  static Bytes size_bound(std::size_t pages) { return Bytes(32 + pages * (page_size.value + 9 + name_max)); }

 private:
  enum class State { prefix, ram, tail, failed };
  // Learns the block list from the prefix; the pages that it would report are those that the writer must not get.
  struct Follower final : Visitor {
    void on_opaque(Part, ByteSpan) override {}
    void on_ram_layout(const RamLayout&) override { layout_known = true; }
    void on_page(BlockIndex, PageIndex, PageSpan) override { ram_record = true; }
    void on_zero_page(BlockIndex, PageIndex) override { ram_record = true; }
    void on_section_end() override { ram_record = true; }
    void on_ram_end() override { ram_record = true; }
    void on_unreadable(std::string_view) override { unreadable = true; }
    bool layout_known = false, ram_record = false, unreadable = false;
  };

  Result<void> follow(ByteSpan bytes);
  Result<void> write_section(Mark mark, std::span<const PageRecord> batch, ByteVector& out);
  Failure fail(Errc code, std::string what);

  Follower follower_;
  Reader reader_;
  State state_ = State::prefix;
  ByteVector held_;  // the beginning of a command
};

}  // namespace dwcp::qemu_stream
