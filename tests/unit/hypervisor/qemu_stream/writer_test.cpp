#include "hypervisor/qemu_stream/writer.hpp"

#include <gtest/gtest.h>

#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

struct WriterTest : ::testing::Test {
  Writer writer;
  ByteVector out;
  const ByteVector page = random_page(7);

  void write_prefix() { ASSERT_TRUE(writer.write_opaque(Part::prefix, make_prefix(small_head()), out)); }
  ErrorCode pages(PageRecord record) {
    const auto done = writer.write_pages(std::span(&record, 1), out);
    return done ? ErrorCode() : done.error().code;
  }
};

TEST_F(WriterTest, WritesTheBytesThatQemuWrites) {
  write_prefix();
  out.clear();
  const std::vector<PageRecord> batch{
      {BlockIndex(0), PageIndex(2), {}}, {BlockIndex(0), PageIndex(3), {}}, {BlockIndex(1), PageIndex(0), {}}};
  ASSERT_TRUE(writer.write_pages(batch, out));
  const std::string expected = std::string("\x02\0\0\0\x02", 5) + std::string("\0\0\0\0\0\0\x20\x02\x06pc.ram\0", 16) +
                               std::string("\0\0\0\0\0\0\x30\x22\0", 9) +
                               std::string("\0\0\0\0\0\0\0\x02\x08vga.vram\0", 18) +
                               std::string("\0\0\0\0\0\0\0\x10\x7e\0\0\0\x02", 13);
  EXPECT_EQ(as_text(out), expected);
}

TEST_F(WriterTest, LearnsTheBlockListFromAPrefixInPieces) {
  const ByteVector prefix = make_prefix(small_head());
  for (std::byte byte : prefix) {
    EXPECT_FALSE(writer.ready());
    ASSERT_TRUE(writer.write_opaque(Part::prefix, std::span(&byte, 1), out));
  }
  EXPECT_TRUE(writer.ready());
  EXPECT_EQ(writer.layout(), small_head().ram);
  EXPECT_EQ(out, prefix);
}

TEST_F(WriterTest, HoldsACommandUntilItIsComplete) {
  write_prefix();
  const ByteVector command = make_command(11, as_bytes("data"));
  ASSERT_TRUE(writer.write_opaque(Part::between, ByteSpan(command).first(6), out));
  EXPECT_EQ(pages({BlockIndex(0), PageIndex(0), page}), ErrorCode());
  ASSERT_TRUE(writer.write_opaque(Part::between, ByteSpan(command).subspan(6), out));
  ASSERT_TRUE(writer.finish_ram({}, out));
  Reading reading;
  read_whole(out, reading);
  EXPECT_TRUE(reading.outcome) << reading.outcome.error().message();
  EXPECT_EQ(reading.recorder.opaque(Part::between), as_text(command));
}

TEST_F(WriterTest, RefusesCallsOutOfOrder) {
  EXPECT_EQ(pages({BlockIndex(0), PageIndex(0), page}), make_error_code(Errc::protocol_error));
  EXPECT_FALSE(writer.write_opaque(Part::prefix, make_prefix(small_head()), out));  // after an error
  EXPECT_TRUE(out.empty());
}

TEST_F(WriterTest, RefusesATailBeforeRamsEnd) {
  write_prefix();
  EXPECT_FALSE(writer.write_opaque(Part::tail, make_tail({}, 3, ""), out));
}

TEST_F(WriterTest, RefusesPagesAfterRamsEnd) {
  write_prefix();
  ASSERT_TRUE(writer.finish_ram({}, out));
  EXPECT_EQ(pages({BlockIndex(0), PageIndex(0), page}), make_error_code(Errc::protocol_error));
}

TEST_F(WriterTest, RefusesAPrefixWithPages) {
  const auto done = writer.write_opaque(Part::prefix, small_stream(), out);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, make_error_code(Errc::protocol_error));
}

TEST_F(WriterTest, RefusesPagesThatAreNotThere) {
  write_prefix();
  EXPECT_EQ(pages({BlockIndex(2), PageIndex(0), page}), make_error_code(Errc::bad_value));
}

TEST_F(WriterTest, RefusesPagesBehindTheBlock) {
  write_prefix();
  EXPECT_EQ(pages({BlockIndex(1), PageIndex(8), page}), make_error_code(Errc::bad_value));
}

TEST_F(WriterTest, RefusesHalfPages) {
  write_prefix();
  EXPECT_EQ(pages({BlockIndex(0), PageIndex(8), ByteSpan(page).first(2048)}), make_error_code(Errc::bad_value));
}

TEST_F(WriterTest, StaysBelowItsBound) {
  write_prefix();
  const std::size_t before = out.size();
  std::vector<PageRecord> batch;
  for (std::uint64_t i = 0; i < 16; ++i) batch.push_back({BlockIndex(i % 2), PageIndex(i % 8), page});
  ASSERT_TRUE(writer.write_pages(batch, out));
  EXPECT_LE(out.size() - before, Writer::size_bound(batch.size()).value);
}

}  // namespace
}  // namespace dwcp::qemu_stream::testing
