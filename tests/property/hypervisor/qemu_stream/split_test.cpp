// Properties of the stream's reader and writer: how the bytes are split has no meaning, and what is written is read.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

TEST(QemuStreamProperty, AnySplitGivesTheSameEvents) {
  const ByteVector stream = small_stream();
  Reading whole;
  read_whole(stream, whole);
  EXPECT_TRUE(rc::check([&](const std::vector<std::uint16_t>& lengths) {
    std::size_t next = 0;
    Reading pieces;
    // 0 means one byte; after the last length the rest comes in pieces of 777 bytes.
    read(
        stream, [&] { return next < lengths.size() ? lengths[next++] % 5000u : 777u; }, pieces);
    RC_ASSERT(bool(pieces.outcome));
    RC_ASSERT(pieces.recorder.events == whole.recorder.events);
  }));
}

TEST(QemuStreamProperty, WrittenPagesAreReadInTheirOrder) {
  EXPECT_TRUE(rc::check([] {
    Writer writer;
    ByteVector out;
    RC_ASSERT(bool(writer.write_opaque(Part::prefix, make_prefix(small_head()), out)));
    std::vector<Event> expected;
    const auto batches = *rc::gen::inRange(0, 6);
    for (int b = 0; b <= batches; ++b) {
      const auto picks = *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
      std::vector<ByteVector> contents;
      std::vector<PageRecord> records;
      contents.reserve(picks.size());
      for (std::uint16_t pick : picks) {
        contents.push_back(pick % 3 == 0 ? ByteVector() : random_page(pick));
        const BlockIndex block(pick % 2);
        const PageIndex page(pick % (block.value == 0 ? 64u : 8u));
        records.push_back({block, page, contents.back()});
        expected.push_back({.kind = contents.back().empty() ? Event::Kind::zero_page : Event::Kind::page,
                            .block = block,
                            .page = page,
                            .bytes = std::string(as_text(contents.back()))});
      }
      RC_ASSERT(bool(b < batches ? writer.write_pages(records, out) : writer.finish_ram(records, out)));
    }
    Reading reading;
    read_whole(out, reading);
    RC_ASSERT(bool(reading.outcome));
    std::erase_if(reading.recorder.events,
                  [](const Event& e) { return e.kind != Event::Kind::page && e.kind != Event::Kind::zero_page; });
    RC_ASSERT(reading.recorder.events == expected);
  }));
}

}  // namespace
}  // namespace dwcp::qemu_stream::testing
