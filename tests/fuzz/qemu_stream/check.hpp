// What must hold for any bytes that claim to be a QEMU migration stream; shared by the fuzz target and the tests.
#pragma once

#include <functional>
#include <string>

#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::qemu_stream::testing {

struct Event {
  enum class Kind { opaque, layout, page, zero_page, section_end, ram_end, unreadable } kind;
  Part part = Part::prefix;  // of opaque bytes
  BlockIndex block{0};
  PageIndex page{0};
  std::string bytes = {};  // opaque bytes, page contents, a section's name
  RamLayout layout = {};
  friend bool operator==(const Event&, const Event&) = default;
};

// Everything that a reader reports, with neighbouring opaque pieces of one part joined.
class Recorder final : public Visitor {
 public:
  void on_opaque(Part part, ByteSpan bytes) override;
  void on_ram_layout(const RamLayout& layout) override;
  void on_page(BlockIndex block, PageIndex page, PageSpan bytes) override;
  void on_zero_page(BlockIndex block, PageIndex page) override;
  void on_section_end() override;
  void on_ram_end() override;
  void on_unreadable(std::string_view section) override;

  std::vector<Event> events;
  // All opaque bytes of one part, in order.
  std::string opaque(Part part) const;
};

struct Reading {
  Recorder recorder;
  Result<void> outcome;  // of the first feed() that failed, else of finish()
};

// Feeds `stream` in pieces, whose lengths `next_length` gives (0 counts as 1).
void read(ByteSpan stream, const std::function<std::size_t()>& next_length, Reading& into);
void read_whole(ByteSpan stream, Reading& into);

// Writes the events with a Writer, pages in batches of `batch`, section ends ignored.
Result<ByteVector> rewrite(const std::vector<Event>& events, std::size_t batch);

// Reads `stream` whole and in pieces, rewrites it and reads the result. Empty when all agrees, else what does not.
std::string check_stream(ByteSpan stream, std::uint64_t seed);

}  // namespace dwcp::qemu_stream::testing
