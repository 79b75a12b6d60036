#include "hypervisor/qemu_stream/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

using Kind = Event::Kind;
using ::testing::HasSubstr;

Reading read_all(ByteSpan stream) {
  Reading reading;
  read_whole(stream, reading);
  return reading;
}

std::size_t count(const Reading& reading, Kind kind) {
  return static_cast<std::size_t>(
      std::ranges::count(reading.recorder.events, kind, [](const Event& e) { return e.kind; }));
}

// A stream's beginning, followed by `bytes`.
ByteVector after_prefix(const StreamHead& head, const std::vector<unsigned>& bytes) {
  ByteVector stream = make_prefix(head);
  for (unsigned byte : bytes) stream.push_back(static_cast<std::byte>(byte));
  return stream;
}

// The first record of a PART section with these flags, offset 0, block pc.ram.
ByteVector record_with_flags(std::uint16_t flags) {
  return after_prefix(small_head(),
                      {2, 0,   0,   0,   2,   0,   0,   0, 0, 0, 0, unsigned(flags >> 8), unsigned(flags & 0xff),
                       6, 'p', 'c', '.', 'r', 'a', 'm', 0});
}

TEST(Reader, TakesASmallStreamApart) {
  const ByteVector stream = small_stream();
  const Reading reading = read_all(stream);
  ASSERT_TRUE(reading.outcome) << reading.outcome.error().message();
  EXPECT_EQ(count(reading, Kind::page), 7u + 2u);
  EXPECT_EQ(count(reading, Kind::zero_page), 13u + 1u);
  EXPECT_EQ(count(reading, Kind::section_end), 2u);
  EXPECT_EQ(count(reading, Kind::ram_end), 1u);
  EXPECT_EQ(reading.recorder.opaque(Part::prefix), as_text(make_prefix(small_head())));
  EXPECT_EQ(reading.recorder.opaque(Part::between), as_text(make_command(3, as_bytes("ping"))));
  EXPECT_THAT(reading.recorder.opaque(Part::tail), HasSubstr(R"({"devices": []})"));
}

TEST(Reader, ReportsTheBlockList) {
  const Reading reading = read_all(small_stream());
  const auto layout = std::ranges::find(reading.recorder.events, Kind::layout, &Event::kind);
  ASSERT_NE(layout, reading.recorder.events.end());
  EXPECT_EQ(layout->layout, small_head().ram);
  EXPECT_EQ(layout->layout.total(), page_size * 72);
}

TEST(Reader, GivesPagesInPlace) {
  struct InPlace final : Visitor {
    ByteSpan fed;
    int inside = 0, pages = 0;
    void on_opaque(Part, ByteSpan) override {}
    void on_ram_layout(const RamLayout&) override {}
    void on_page(BlockIndex, PageIndex, PageSpan page) override {
      ++pages;
      inside += page.data() >= fed.data() && page.data() + page.size() <= fed.data() + fed.size();
    }
    void on_zero_page(BlockIndex, PageIndex) override {}
    void on_section_end() override {}
    void on_ram_end() override {}
    void on_unreadable(std::string_view) override {}
  } visitor;
  const ByteVector stream = small_stream();
  visitor.fed = stream;
  Reader reader(visitor);
  ASSERT_TRUE(reader.feed(stream));
  EXPECT_EQ(visitor.pages, 9);
  EXPECT_EQ(visitor.inside, 9);
}

TEST(Reader, ReadsByteByByte) {
  const ByteVector stream = small_stream();
  Reading pieces;
  read(
      stream, [] { return 1; }, pieces);
  EXPECT_TRUE(pieces.outcome);
  EXPECT_EQ(pieces.recorder.events, read_all(stream).recorder.events);
}

struct Refused {
  unsigned flags;
  const char* words;
};
class RefusedFlag : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedFlag, IsNamedWithWhatToSwitchOff) {
  const Reading reading = read_all(record_with_flags(static_cast<std::uint16_t>(GetParam().flags)));
  ASSERT_FALSE(reading.outcome);
  EXPECT_EQ(reading.outcome.error().code, make_error_code(Errc::unsupported_stream));
  EXPECT_THAT(reading.outcome.error().message(), HasSubstr(GetParam().words));
}
INSTANTIATE_TEST_SUITE_P(Reader, RefusedFlag,
                         ::testing::Values(Refused{flag::xbzrle, "xbzrle off"},
                                           Refused{flag::compressed, "compress off"},
                                           Refused{flag::multifd_flush, "multifd off"},
                                           Refused{flag::hook, "not over rdma"}));

TEST(Reader, RefusesAMultifdChannel) {
  const unsigned char bytes[]{0x11, 0x22, 0x33, 0x44, 0, 0, 0, 1};
  const Reading reading = read_all(std::as_bytes(std::span(bytes)));
  ASSERT_FALSE(reading.outcome);
  EXPECT_THAT(reading.outcome.error().message(), HasSubstr("multifd"));
}

TEST(Reader, RefusesMappedRam) {
  StreamHead head = small_head();
  head.capabilities = {"mapped-ram"};
  const Reading reading = read_all(make_prefix(head));
  ASSERT_FALSE(reading.outcome);
  EXPECT_THAT(reading.outcome.error().message(), HasSubstr("mapped-ram is on; switch it off"));
}

TEST(Reader, RefusesPostCopy) {
  const Reading reading = read_all(after_prefix(small_head(), {8, 0, 8, 0, 4, 0, 0, 1, 0}));
  ASSERT_FALSE(reading.outcome);
  EXPECT_EQ(reading.outcome.error().code, make_error_code(Errc::unsupported_stream));
}

TEST(Reader, ReadsTheFieldsOfIgnoreShared) {
  StreamHead head = small_head();
  head.capabilities = {"x-ignore-shared"};
  head.ram.blocks[0].address = 0x100000;
  head.ram.blocks[1].address = 0xfd000000;
  Reading reading = read_all(make_prefix(head));
  const auto layout = std::ranges::find(reading.recorder.events, Kind::layout, &Event::kind);
  ASSERT_NE(layout, reading.recorder.events.end());
  EXPECT_EQ(layout->layout, head.ram);
}

TEST(Reader, ReadsThePageSizeOfHugePageBlocks) {
  StreamHead head = small_head();
  head.ram.blocks[0].host_page_size = MiB(2);
  Reading reading;
  Reader reader(reading.recorder, {.huge_page_blocks = {"pc.ram"}});
  ASSERT_TRUE(reader.feed(make_prefix(head)));
  EXPECT_EQ(reader.layout(), head.ram);
  EXPECT_FALSE(read_all(make_prefix(head)).outcome);
}

TEST(Reader, PassesOnWhatFollowsAnUnknownSection) {
  const ByteVector stream = after_prefix(
      small_head(), {1, 0, 0, 0, 9, 5, 'd', 'i', 'r', 't', 'y', 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 2, 'x', 'y'});
  const Reading reading = read_all(stream);
  EXPECT_TRUE(reading.outcome);
  EXPECT_EQ(count(reading, Kind::unreadable), 1u);
  EXPECT_EQ(reading.recorder.opaque(Part::prefix) + reading.recorder.opaque(Part::between) +
                reading.recorder.opaque(Part::tail),
            as_text(stream));
}

class BadStream : public ::testing::TestWithParam<std::vector<unsigned>> {};

TEST_P(BadStream, IsAnError) {
  const Reading reading = read_all(after_prefix(small_head(), GetParam()));
  ASSERT_FALSE(reading.outcome);
  EXPECT_EQ(reading.outcome.error().code, make_error_code(Errc::bad_stream));
}
INSTANTIATE_TEST_SUITE_P(
    Reader, BadStream,
    ::testing::Values(
        std::vector<unsigned>{},                                                     // ends too early
        std::vector<unsigned>{0},                                                    // end mark before RAM's end
        std::vector<unsigned>{0x55},                                                 // no mark
        std::vector<unsigned>{2, 0, 0, 0, 3},                                        // not RAM's section
        std::vector<unsigned>{2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x22, 0},          // continues no block
        std::vector<unsigned>{2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x02, 1, 'x', 0},  // unknown block
        std::vector<unsigned>{2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x02, 6, 'p', 'c', '.', 'r', 'a', 'm', 7},
        std::vector<unsigned>{2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0, 0x02, 6, 'p', 'c', '.', 'r', 'a', 'm', 0},
        std::vector<unsigned>{2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x7e, 0, 0, 0, 1}));  // footer

TEST(Reader, RefusesNamesThatWouldHarmALog) {
  StreamHead head = small_head();
  head.ram.blocks[1].name = "\x1b[2J";
  EXPECT_FALSE(read_all(make_prefix(head)).outcome);
  const Reading section = read_all(after_prefix(small_head(), {1, 0, 0, 0, 9, 2, 0x1b, '[', 0, 0, 0, 0, 0, 0, 0, 1}));
  ASSERT_FALSE(section.outcome);
  EXPECT_THAT(section.outcome.error().message(), HasSubstr("not printable"));
}

TEST(Reader, KeepsItsError) {
  Recorder recorder;
  Reader reader(recorder);
  const auto first = reader.feed(as_bytes("GET / HTTP/1.1\r\n"));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, make_error_code(Errc::bad_stream));
  const auto second = reader.feed(small_stream());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message(), first.error().message());
  EXPECT_TRUE(recorder.events.empty());
}

}  // namespace
}  // namespace dwcp::qemu_stream::testing
