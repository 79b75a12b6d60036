// A guest's stream, read into another: rounds, the switchover, and what the destination finds out.
#include <gtest/gtest.h>

#include <algorithm>

#include "hypervisor/model/device_state.hpp"
#include "hypervisor/model/incoming.hpp"
#include "hypervisor/model/outgoing.hpp"

namespace dwcp::model {
namespace {

constexpr Bytes all_dirty{~std::uint64_t{0}};

struct StreamTest : ::testing::Test {
  std::shared_ptr<const Blueprint> blueprint =
      Blueprint::make(
          {.memory = MiB(8),
           .dirty = {.pattern = DirtyPattern::constant, .rate = BitRate(800'000'000), .working_set = MiB(2)},
           .device_state = KiB(64)})
          .value();
  std::shared_ptr<Guest> guest = std::make_shared<Guest>(blueprint, 1);
  TimePoint now{};
  ByteVector stream;

  void SetUp() override { guest->run(now); }
  void wait(Duration time) { now += time; }
  // Reads `limit` bytes at most, in pieces of 10 kB, each of which takes 100 us. Returns how many came.
  std::size_t read(OutgoingStream& out, std::size_t limit = ~std::size_t{0}) {
    std::size_t sum = 0;
    ByteVector piece(10'000);
    while (sum < limit) {
      const std::size_t count = out.read(piece, now);
      if (count == 0) break;
      stream.insert(stream.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
      sum += count;
      wait(std::chrono::microseconds(100));
    }
    return sum;
  }
  void read_to_end(OutgoingStream& out) {
    out.allow_switchover(all_dirty);
    while (!out.ended())
      if (read(out) == 0 && !out.ended()) now = out.wake_at();
  }
  IncomingStream::Loaded load() {
    IncomingStream in(blueprint);
    in.write(stream).value();
    return in.finish().value();
  }
};

TEST_F(StreamTest, BringsEveryPageOfARunningGuest) {
  OutgoingStream out(guest, now);
  for (int round = 0; round < 5; ++round) {
    read(out);
    wait(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(guest->running());
  read_to_end(out);
  EXPECT_FALSE(guest->running());
  const auto loaded = load();
  EXPECT_EQ(loaded.versions, guest->versions());
  EXPECT_TRUE(loaded.wrong_pages.empty());
  EXPECT_GT(*std::ranges::max_element(loaded.versions), 1u);
}

TEST_F(StreamTest, ADamagedPageIsFound) {
  OutgoingStream out(guest, now);
  read_to_end(out);
  // Within the contents of some page of pc.ram: random content is nowhere else.
  ByteVector page(page_size.value);
  Frame frame(0);
  while (guest->version(frame) != 0 || blueprint->is_zero(frame, 0)) ++frame;
  blueprint->generate(frame, 0, PageBytes(page));
  const auto found = std::ranges::search(stream, page);
  ASSERT_FALSE(found.empty());
  *found.begin() ^= std::byte{1};
  EXPECT_EQ(load().wrong_pages, std::vector<Frame>{frame});
}

TEST_F(StreamTest, CountsRoundsAndTheDirtyRate) {
  OutgoingStream out(guest, now);
  EXPECT_EQ(out.status().rounds, 1u);
  EXPECT_EQ(out.status().remaining, blueprint->memory());
  for (int round = 0; round < 40; ++round) {
    read(out);
    wait(std::chrono::milliseconds(20));
  }
  // At least 800 ms have passed, and no round begins within 100 ms of the last.
  EXPECT_GE(out.status().rounds, 8u);
  EXPECT_LE(out.status().rounds, 1 + now.time_since_epoch() / OutgoingStream::sync_interval);
  // Less than the rate of writing: the whole working set is written many times between two looks.
  EXPECT_GT(out.status().dirty_rate, BitRate(120'000'000));
  EXPECT_LE(out.status().dirty_rate, BitRate(168'000'000));
}

TEST_F(StreamTest, TheGuestIsStoppedWhenLittleIsLeft) {
  OutgoingStream out(guest, now);
  out.allow_switchover(KiB(64));
  read(out, 1'000'000);
  EXPECT_FALSE(out.status().guest_stopped);
  // Each look comes 10 ms after the last: 1 MB of writes, more than the limit.
  for (int i = 0; i < 20 && !out.ended(); ++i) {
    if (read(out) == 0) now = out.wake_at();
    EXPECT_TRUE(guest->running());
  }
  guest->throttle(now, 99);
  while (!out.ended())
    if (read(out) == 0 && !out.ended()) now = out.wake_at();
  EXPECT_TRUE(out.status().guest_stopped);
  EXPECT_EQ(out.status().throttle_percent, 99u);
  EXPECT_TRUE(load().wrong_pages.empty());
}

TEST_F(StreamTest, AnIdleGuestWaitsForTheSwitchover) {
  const auto idle = std::make_shared<Guest>(Blueprint::make({.memory = MiB(1)}).value(), 1);
  idle->run(now);
  OutgoingStream out(idle, now);
  read(out);
  wait(std::chrono::seconds(1));
  EXPECT_EQ(read(out), 0u);
  EXPECT_EQ(out.wake_at(), TimePoint::max());
  EXPECT_FALSE(out.ended());
  out.allow_switchover(Bytes(1));
  EXPECT_GT(read(out), KiB(256).value);
  EXPECT_TRUE(out.ended());
}

TEST_F(StreamTest, ACancelledGuestRunsOn) {
  OutgoingStream out(guest, now);
  out.allow_switchover(all_dirty);
  read(out, 1'000'000);
  guest->throttle(now, 50);
  ASSERT_FALSE(guest->running());
  out.cancel(now);
  EXPECT_TRUE(guest->running());
  EXPECT_EQ(guest->throttle_percent(), 0u);
  const std::uint64_t before = guest->writes_made();
  wait(std::chrono::milliseconds(100));
  guest->sync(now);
  EXPECT_GT(guest->writes_made(), before);
}

TEST_F(StreamTest, APausedGuestStaysPausedWhenCancelled) {
  guest->pause(now);
  OutgoingStream out(guest, now);
  read_to_end(out);
  EXPECT_TRUE(load().wrong_pages.empty());
  out.cancel(now);
  EXPECT_FALSE(guest->running());
}

TEST_F(StreamTest, TheSameSeedGivesTheSameBytes) {
  const auto stream_of = [&](std::uint64_t seed) {
    guest = std::make_shared<Guest>(blueprint, seed);
    now = {};
    stream.clear();
    guest->run(now);
    OutgoingStream out(guest, now);
    read(out, 5'000'000);
    read_to_end(out);
    return stream;
  };
  const ByteVector first = stream_of(1);
  EXPECT_TRUE(first == stream_of(1));
  EXPECT_FALSE(first == stream_of(2));
}

TEST_F(StreamTest, AGuestOfAnotherLayoutIsRefused) {
  OutgoingStream out(guest, now);
  read_to_end(out);
  IncomingStream in(Blueprint::make({.memory = MiB(4)}).value());
  EXPECT_EQ(in.write(stream).error().code, make_error_code(Errc::bad_stream));
}

TEST_F(StreamTest, AStreamThatEndsEarlyIsRefused) {
  OutgoingStream out(guest, now);
  read_to_end(out);
  for (const std::size_t missing : {std::size_t{1}, std::size_t{100}, stream.size() / 2}) {
    IncomingStream in(blueprint);
    in.write(ByteSpan(stream).first(stream.size() - missing)).value();
    EXPECT_EQ(in.finish().error().code, make_error_code(Errc::bad_stream)) << missing;
  }
}

TEST_F(StreamTest, DamagedDeviceStateIsRefused) {
  for (int i = 0; i < 200; ++i) guest->sync(now += std::chrono::milliseconds(1));
  const ByteVector tail = make_tail(*guest);
  EXPECT_EQ(parse_tail(*blueprint, tail).value(), guest->versions());
  for (std::size_t at = 0; at < 200; ++at) {
    ByteVector damaged = tail;
    damaged[at] ^= std::byte{0x10};
    const auto versions = parse_tail(*blueprint, damaged);
    // Section id, instance and version are free; all else is checked.
    EXPECT_TRUE(!versions || *versions == guest->versions()) << at;
  }
}

}  // namespace
}  // namespace dwcp::model
