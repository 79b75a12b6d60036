// A streaming reader of QEMU's migration stream. It takes the bytes in pieces of any size and splits them into
//   (a) opaque bytes, which are to reach the destination's QEMU unchanged and in their order, and
//   (b) page records, which may reach it in any order as long as a page's newer contents come later and all come before
//       RAM's end.
// The opaque bytes fall into three parts, one after the other:
//   prefix   up to and including RAM's START section with the block list (then on_ram_layout),
//   between  commands between RAM's sections (a ping, QEMU 10's announcement of the switchover): the destination may
//            write them at any boundary between its own RAM sections, before RAM's end,
//   tail     after RAM's END section (then on_ram_end came before): device state, end mark, description.
// RAM's own PART and END sections, their end marks and footers are not passed on: Writer makes new ones.
#pragma once

#include <array>

#include "hypervisor/qemu_stream/format.hpp"

namespace dwcp::qemu_stream {

enum class Part { prefix, between, tail };

// Called from within Reader::feed(). A span is valid during the call only. A visitor that throws leaves the reader
// unusable.
class Visitor {
 public:
  virtual ~Visitor() = default;
  // Never empty. Where the pieces are cut has no meaning.
  virtual void on_opaque(Part, ByteSpan) = 0;
  // Once, after the prefix.
  virtual void on_ram_layout(const RamLayout&) = 0;
  // The span lies in the fed bytes when the whole page does.
  virtual void on_page(BlockIndex, PageIndex, PageSpan) = 0;
  virtual void on_zero_page(BlockIndex, PageIndex) = 0;
  // A PART section of RAM ended. QEMU ends one about every 50 ms: it does not mean the end of a round.
  virtual void on_section_end() = 0;
  // RAM's END section ended; no further pages, and the tail follows.
  virtual void on_ram_end() = 0;
  // Before any page was read, `section` began, which does not delimit itself and is not RAM (dirty bitmaps, VFIO,
  // virtio-mem). All that follows, pages and all, comes as Part::tail without an on_ram_end.
  virtual void on_unreadable(std::string_view section) = 0;
};

// What the stream does not say of itself and the agent knows.
struct ReaderOptions {
  // Blocks on huge pages, when the post-copy capability is on: QEMU then lists their page size too.
  std::vector<std::string> huge_page_blocks;
};

class Reader {
 public:
  explicit Reader(Visitor& visitor, ReaderOptions options = {});

  // Takes all of `bytes`. Errors: bad_stream for bytes that no QEMU sends, unsupported_stream for a feature that is not
  // read, which names it and what to switch off. After an error the reader gives the same error again.
  // Memory: one page and the block list, however the bytes are split.
  Result<void> feed(ByteSpan bytes);
  // The bytes ended. Errors: bad_stream when they ended before the tail. The tail's own end cannot be checked.
  Result<void> finish();

  // Where the next byte belongs; `between` also while RAM's sections are read.
  Part part() const { return part_; }
  // Empty before on_ram_layout.
  const RamLayout& layout() const { return layout_; }
  // No item is half read: what was fed so far ends with a whole mark, section or record.
  bool at_boundary() const;
  // Bytes taken so far; errors name it.
  std::uint64_t position() const { return position_; }

 private:
  // The reader waits for `need_` bytes, then calls `step_` with exactly these.
  using Step = Result<void> (Reader::*)(ByteSpan);
  void expect(std::size_t need, Step step);
  // The next `length` bytes are opaque, whatever they are; only then are the awaited ones.
  void pass(std::uint64_t length) { passing_ = length; }
  void expect_mark() { expect(1, &Reader::on_mark); }
  bool take(ByteSpan& input, ByteSpan& token);
  Result<void> advance(ByteSpan& input);
  Failure bad(std::string what) const;
  Failure unsupported(std::string what) const;
  void opaque(ByteSpan token) { visitor_.on_opaque(part_, token); }

  Result<void> on_header(ByteSpan);
  Result<void> on_mark(ByteSpan);
  Result<void> begin_section(Mark, ByteSpan mark);
  Result<void> unreadable(ByteSpan name);

  Result<void> on_machine_length(ByteSpan);
  Result<void> on_subsection_name_length(ByteSpan);
  Result<void> on_subsection_name(ByteSpan);
  Result<void> on_capability_count(ByteSpan);
  Result<void> on_capability_length(ByteSpan);
  Result<void> on_capability(ByteSpan);
  Result<void> next_capability();
  Result<void> on_command(ByteSpan);

  Result<void> on_section_id(ByteSpan);
  Result<void> on_name_length(ByteSpan);
  Result<void> on_name(ByteSpan);
  Result<void> on_instance(ByteSpan);
  Result<void> on_total(ByteSpan);
  Result<void> on_block_name_length(ByteSpan);
  Result<void> on_block_name(ByteSpan);
  Result<void> on_block_fields(ByteSpan);
  Result<void> next_block();
  Result<void> on_start_end(ByteSpan);

  Result<void> on_ram_section_id(ByteSpan);
  Result<void> on_record(ByteSpan);
  Result<void> on_record_block_length(ByteSpan);
  Result<void> on_record_block(ByteSpan);
  Result<void> on_zero_fill(ByteSpan);
  Result<void> on_page_bytes(ByteSpan);
  Result<void> next_record_part();
  Result<void> on_footer(ByteSpan);

  Visitor& visitor_;
  ReaderOptions options_;
  RamLayout layout_;
  std::optional<Failure> failure_;
  Part part_ = Part::prefix;
  std::uint64_t position_ = 0;

  Step step_;
  std::size_t need_ = 0;
  std::uint64_t passing_ = 0;
  std::size_t carried_ = 0;

  bool in_configuration_ = false;      // a subsection may follow
  std::uint32_t names_left_ = 0;       // capabilities still to come in the configuration section
  bool ignore_shared_ = false;         // the x-ignore-shared capability is on
  Mark section_ = Mark::section_full;  // which kind of section is being read
  std::uint32_t section_id_ = 0;
  bool ram_started_ = false;
  bool pages_seen_ = false;
  Bytes blocks_left_{0};
  std::uint64_t record_ = 0;           // header of the record being read
  std::optional<BlockIndex> current_;  // what CONTINUE refers to; holds across sections, as in QEMU
  std::array<std::byte, page_size.value> carry_;
};

}  // namespace dwcp::qemu_stream
