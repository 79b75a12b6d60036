#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "engine/amst/mailbox.hpp"
#include "engine/amst/pacer.hpp"
#include "engine/amst/ranges.hpp"
#include "engine/amst/receive_ledger.hpp"
#include "engine/amst/send_queue.hpp"
#include "tests/fuzz/amst/check.hpp"

namespace dwcp::amst {
namespace {

RC_GTEST_PROP(RangeSet, IsASetOfNumbers, (const std::vector<std::pair<std::uint8_t, std::uint8_t>>& inserts)) {
  RangeSet ranges;
  std::set<std::uint64_t> numbers;
  for (const auto& [a, length] : inserts) {
    const Range range{a + 1u, a + 1u + length % 16};
    std::uint64_t fresh = 0;
    for (std::uint64_t n = range.first; n <= range.last; ++n) fresh += numbers.insert(n).second;
    RC_ASSERT(ranges.insert(range) == fresh);
  }
  std::uint64_t floor = 0;
  while (numbers.contains(floor + 1)) ++floor;
  RC_ASSERT(ranges.floor() == floor);
  std::uint64_t last = 0, count = 0;
  for (const Range& r : ranges.all()) {
    RC_ASSERT(r.first > last + (last > 0));  // in order, and never touching
    for (std::uint64_t n = r.first; n <= r.last; ++n) RC_ASSERT(numbers.contains(n));
    count += r.last - r.first + 1;
    last = r.last;
  }
  RC_ASSERT(count == numbers.size());
}

// A sender and a receiver joined by streams that may be lost: every chunk is delivered once, barriers in their place,
// windows are kept, and at the end nothing is left over.
struct Joined {
  static constexpr Bytes window{1000};
  SendQueue queue{window, window};
  ReceiveLedger ledger;
  std::map<std::uint64_t, std::vector<Outgoing>> streams;  // by connection: under way, in order
  std::uint64_t next_connection = 5, pushed = 0, delivered = 0;
  std::set<std::uint64_t> barriers, released;
  std::vector<Sequence> consumer;

  Joined() {
    for (std::uint64_t id = 1; id < 5; ++id) streams[id] = {};
  }
  std::uint64_t pick() { return std::next(streams.begin(), *rc::gen::inRange<int>(0, 4))->first; }

  void push() {
    const auto priority = static_cast<Priority>(*rc::gen::inRange(0, 3));
    const auto size = *rc::gen::inRange<std::size_t>(1, 200);
    if (!queue.has_room(priority, Bytes(size))) return;
    const bool barrier = *rc::gen::inRange(0, 6) == 0;
    const Sequence s = queue.push({Channel{}, priority, barrier}, {Slice::adopt(ByteVector(size))});
    if (barrier) barriers.insert(s.value);
    pushed = s.value;
  }
  void send(std::uint64_t stream) {
    if (auto chunk = queue.take(ConnectionId(stream), Bytes(0))) streams[stream].push_back(std::move(*chunk));
    RC_ASSERT(queue.unreleased() <= window);
    RC_ASSERT(queue.total() <= window);
  }
  void arrive(std::uint64_t stream) {
    auto& under_way = streams[stream];
    if (under_way.empty()) return;
    Outgoing chunk = std::move(under_way.front());
    under_way.erase(under_way.begin());
    const auto fresh = ledger.arrived(chunk.sequence, chunk.options, chunk.payload.front());
    RC_ASSERT(fresh.has_value());
    RC_ASSERT(*fresh);  // nothing is sent again that had arrived
    RC_ASSERT(ledger.held() <= window);
  }
  // What was under way is lost; the receiver has told everything before.
  void lose(std::uint64_t stream) {
    acknowledge();
    streams.erase(stream);
    streams[next_connection++] = {};
    queue.requeue(ConnectionId(stream), Bytes(1000));
  }
  void consume() {
    const auto delivery = ledger.next();
    if (!delivery) return;
    ++delivered;
    const std::uint64_t s = delivery->sequence.value;
    for (std::uint64_t i = 1; barriers.contains(s) && i < s; ++i) RC_ASSERT(released.contains(i));
    consumer.push_back(delivery->sequence);
  }
  void release() {
    if (consumer.empty()) return;
    const auto at = *rc::gen::inRange<std::size_t>(0, consumer.size());
    released.insert(consumer[at].value);
    ledger.release(consumer[at]);
    consumer.erase(consumer.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void acknowledge() {
    std::vector<Sequence> newly;
    for (const Range& r : ledger.news_received().take(100)) RC_ASSERT(!queue.received(r).code);
    for (const Range& r : ledger.news_released().take(100)) RC_ASSERT(!queue.released(r, newly).code);
    for (const Sequence s : newly) RC_ASSERT(released.contains(s.value));
  }
};

RC_GTEST_PROP(SendAndReceive, EveryChunkIsDeliveredOnceWhateverIsLost, ()) {
  Joined j;
  const int steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::weightedElement<int>({{6, 0}, {8, 1}, {8, 2}, {1, 3}, {6, 4}, {6, 5}, {3, 6}})) {
      case 0:
        j.push();
        break;
      case 1:
        j.send(j.pick());
        break;
      case 2:
        j.arrive(j.pick());
        break;
      case 3:
        j.lose(j.pick());
        break;
      case 4:
        j.consume();
        break;
      case 5:
        j.release();
        break;
      default:
        j.acknowledge();
    }
  }
  for (int i = 0; i < 4000 && j.queue.chunks() > 0; ++i) {
    const auto stream = j.streams.begin()->first;
    j.send(stream);
    for (auto& [id, under_way] : j.streams)
      if (!under_way.empty()) j.arrive(id);
    j.consume();
    j.release();
    j.acknowledge();
  }
  RC_ASSERT(j.queue.chunks() == 0u);  // no deadlock on memory or barriers
  RC_ASSERT(j.delivered == j.pushed);
  RC_ASSERT(j.ledger.held() == Bytes(0));
  RC_ASSERT(j.ledger.idle());
}

RC_GTEST_PROP(Mailbox, MessagesArriveInOrderAcrossBrokenConnections, ()) {
  Outbox outbox(8);
  Inbox inbox(8);
  std::vector<std::byte> taken;
  std::uint64_t pushed = 0;
  const int steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        if (outbox.has_room()) outbox.push(ByteVector(1, static_cast<std::byte>(++pushed)));
        break;
      case 1:
        if (const Letter* letter = outbox.next()) {
          const auto fresh = inbox.arrived(*letter);
          RC_ASSERT(fresh.has_value());
          outbox.sent();
        }
        break;
      case 2:
        if (auto body = inbox.take()) taken.push_back(body->front());
        break;
      case 3:
        RC_ASSERT(!outbox.acknowledge(inbox.received(), inbox.taken()).code);
        break;
      default:
        outbox.rewind();
    }
  }
  for (std::size_t i = 0; i < taken.size(); ++i) RC_ASSERT(taken[i] == static_cast<std::byte>(i + 1));
}

RC_GTEST_PROP(Pacer, NeverExceedsItsRate, (std::uint32_t rate, const std::vector<std::uint16_t>& pauses_us)) {
  const BitRate bits(1'000'000 + rate % 1'000'000'000u);
  Pacer pacer(bits);
  TimePoint now{};
  const Bytes piece = pacer.piece();
  std::uint64_t sent = 0;
  for (const auto pause : pauses_us) {
    if (pacer.delay(now) == Duration(0)) {
      pacer.spend(piece, now);
      sent += piece.value;
    }
    now += std::chrono::microseconds(pause);
  }
  const double allowed = static_cast<double>(bits.value) / 8 * (to_seconds(now.time_since_epoch()) + 0.010);
  RC_ASSERT(static_cast<double>(sent) <= allowed + 2.0 * static_cast<double>(piece.value));
}

// What libFuzzer runs with coverage, here with seeded bytes.
RC_GTEST_PROP(Wire, AnyBytesAreReadOrRefused, (const std::vector<std::uint8_t>& values)) {
  const std::string wrong = testing::check_bytes(std::as_bytes(std::span(values)));
  if (!wrong.empty()) RC_FAIL(wrong);
}

// Mutations of good bytes come further than noise does.
TEST(Wire, MutatedExamplesAreReadOrRefused) {
  Random random(1, "mutations");
  for (const ByteVector& example : testing::examples()) {
    EXPECT_EQ(testing::check_bytes(example), "");
    for (int i = 0; i < 4000; ++i) {
      ByteVector bytes = example;
      for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
        bytes[random.below(bytes.size())] = static_cast<std::byte>(random.chance(0.3) ? 0xff : random.below(256));
      if (random.chance(0.3)) bytes.resize(1 + random.below(bytes.size()));
      const std::string wrong = testing::check_bytes(bytes);
      ASSERT_EQ(wrong, "");
    }
  }
}

}  // namespace
}  // namespace dwcp::amst
