// Streams of real QEMUs (tests/data/qemu_stream/capture.py): taken apart, their pages put in another order, written
// again.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/base/random.hpp"
#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

using Kind = Event::Kind;
using Key = std::pair<std::uint64_t, std::uint64_t>;

bool is_page(const Event& event) { return event.kind == Kind::page || event.kind == Kind::zero_page; }

// Memory after the whole stream was loaded.
std::map<Key, std::string> final_memory(const Recorder& recorder) {
  std::map<Key, std::string> memory;
  for (const Event& event : recorder.events)
    if (is_page(event)) memory[{event.block.value, event.page.value}] = event.bytes;
  return memory;
}

// The events with only the last contents of each page, in random order, all before RAM's end.
std::vector<Event> shuffled(const Recorder& recorder) {
  std::map<Key, Event> last;
  for (const Event& event : recorder.events)
    if (is_page(event)) last[{event.block.value, event.page.value}] = event;
  std::vector<Event> pages;
  for (const auto& [key, event] : last) pages.push_back(event);
  Random random(5);
  std::shuffle(pages.begin(), pages.end(), random);
  std::vector<Event> events;
  for (const Event& event : recorder.events) {
    if (event.kind == Kind::ram_end) events.insert(events.end(), pages.begin(), pages.end());
    if (!is_page(event)) events.push_back(event);
  }
  return events;
}

class Capture : public ::testing::TestWithParam<std::string> {};

TEST_P(Capture, KeepsPagesAndOpaquePartsWhenRewrittenInAnotherOrder) {
  const ByteVector stream = load_capture(GetParam());
  Reading original;
  read_whole(stream, original);
  ASSERT_TRUE(original.outcome) << original.outcome.error().message();
  const Result<ByteVector> written = rewrite(shuffled(original.recorder), 100);
  ASSERT_TRUE(written) << written.error().message();
  Reading again;
  read_whole(*written, again);
  ASSERT_TRUE(again.outcome) << again.outcome.error().message();
  for (Part part : {Part::prefix, Part::between, Part::tail})
    EXPECT_EQ(original.recorder.opaque(part), again.recorder.opaque(part));
  EXPECT_EQ(final_memory(original.recorder), final_memory(again.recorder));
}

TEST_P(Capture, HoldsEveryPageOfTheGuest) {
  Reading reading;
  read_whole(load_capture(GetParam()), reading);
  const auto layout = std::ranges::find(reading.recorder.events, Kind::layout, &Event::kind);
  ASSERT_NE(layout, reading.recorder.events.end());
  EXPECT_EQ(layout->layout.blocks.front().length, MiB(16));
  std::uint64_t pages = 0;
  for (const RamBlock& block : layout->layout.blocks) pages += block.pages();
  EXPECT_EQ(final_memory(reading.recorder).size(), pages);
}

TEST_P(Capture, DoesNotDependOnHowItIsSplit) { EXPECT_EQ(check_stream(load_capture(GetParam()), 3), ""); }

std::string test_name(const ::testing::TestParamInfo<std::string>& param) {
  std::string name = param.param;
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(QemuStream, Capture, ::testing::ValuesIn(captures()), test_name);

TEST(Captures, AreThere) { EXPECT_GE(captures().size(), 5u); }

TEST(Captures, HaveCommandsWithReturnPath) {
  Reading reading;
  read_whole(load_capture("pc-10.0-return-path"), reading);
  EXPECT_NE(reading.recorder.opaque(Part::prefix).find(std::string("\x08\0\x01\0\0", 5)), std::string::npos);
}

}  // namespace
}  // namespace dwcp::qemu_stream::testing
