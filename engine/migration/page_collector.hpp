// Cuts the guest's stream into batches of pages and opaque pieces, as Reader reports them.
#pragma once

#include <vector>

#include "engine/hde/page.hpp"
#include "engine/platform/buffer_pool.hpp"
#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::migration {

// Pages whose contents lie within `input`; no page twice.
struct Batch {
  Slice input;
  std::vector<hde::PageIn> pages;
};

// A buffer that the stream is read into, and fed to the reader from. Its first pages are kept free for those pages
// whose beginning was fed earlier than their end: so every content of a batch lies within one block of memory.
class StreamBuffer {
 public:
  static constexpr std::size_t reserved_pages = 8;
  static constexpr Bytes size = MiB(2) + page_size * reserved_pages;
  explicit StreamBuffer(platform::Buffer buffer) : buffer_(std::move(buffer)) {}

  MutableByteSpan room() const { return buffer_.bytes().subspan(filled_); }
  // `count` bytes of room() were read.
  void advance(std::size_t count) { filled_ += count; }
  bool has_unfed() const { return fed_ < filled_; }
  // What was read since the last call.
  ByteSpan take_unfed();
  // Too little room is left for reading to be worth a call, or for another page that straddles two feeds.
  bool full() const { return room().size() < 64 * 1024 || reserved_used_ + 1 >= reserved_pages; }
  // A place for a page that lies elsewhere. At most one is needed for each take_unfed().
  MutableByteSpan reserve_page();
  bool contains(ByteSpan bytes) const;
  Slice view() const { return buffer_.view(); }

 private:
  platform::Buffer buffer_;
  std::size_t filled_ = page_size.value * reserved_pages;
  std::size_t fed_ = filled_;
  std::size_t reserved_used_ = 0;
};

class PageCollector final : public qemu_stream::Visitor {
 public:
  struct Opaque {
    qemu_stream::Part part;
    ByteVector bytes;
  };

  // Where the bytes that are fed next lie. Called with no pages pending.
  void begin_buffer(StreamBuffer* buffer) { buffer_ = buffer; }
  // A batch is closed when it holds so much content: large ones compress better, small ones spread over the streams.
  void set_content_limit(Bytes limit) { content_limit_ = limit; }
  // Pages since the last take, in batches: a new one begins when the page order turns back (a new round), so that no
  // batch holds two versions of a page, and at hde::max_batch_pages.
  bool has_pages() const { return !closed_.empty() || !open_.empty(); }
  std::vector<Batch> take_batches();
  std::vector<Opaque> take_opaque() { return std::exchange(opaque_, {}); }
  bool ram_ended() const { return ram_ended_; }
  // The section that hides the rest of the stream from the reader; empty when none.
  const std::string& unreadable() const { return unreadable_; }

  void on_opaque(qemu_stream::Part part, ByteSpan bytes) override;
  void on_ram_layout(const qemu_stream::RamLayout&) override {}
  void on_page(qemu_stream::BlockIndex block, PageIndex page, qemu_stream::PageSpan bytes) override;
  void on_zero_page(qemu_stream::BlockIndex block, PageIndex page) override { add(block, page, {}); }
  void on_section_end() override {}
  void on_ram_end() override { ram_ended_ = true; }
  void on_unreadable(std::string_view section) override { unreadable_ = section; }

 private:
  void add(qemu_stream::BlockIndex block, PageIndex page, ByteSpan content);
  void close_batch();

  StreamBuffer* buffer_ = nullptr;
  std::vector<std::vector<hde::PageIn>> closed_;
  std::vector<hde::PageIn> open_;
  Bytes open_content_{0};
  Bytes content_limit_{~std::uint64_t{0}};
  std::vector<Opaque> opaque_;
  Version next_version_{1};  // one for all pages of a batch
  bool ram_ended_ = false;
  std::string unreadable_;
};

}  // namespace dwcp::migration
