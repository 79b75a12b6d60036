// Batches that copy from earlier ones.
#include <gtest/gtest.h>

#include <deque>

#include "engine/hde/format.hpp"
#include "engine/hde/held_window.hpp"
#include "engine/hde/match_list.hpp"
#include "engine/hde/sent_window.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

using testing::Content;
using testing::Destination;
using testing::Memory;

constexpr std::size_t batch_pages = 64;
constexpr std::size_t batch_bytes = batch_pages * testing::page_length;

// Text that repeats itself from one batch to the next, as the memory of one program does: from the second batch on each
// holds a stretch of the first one, at a place that is its own to the byte.
class WindowedEnds {
 public:
  explicit WindowedEnds(std::size_t batches, Bytes window = MiB(16))
      : memory_(batch_pages * batches, 3, std::array{Content::text}),
        destination_(memory_.pages()),
        encoder_(EncoderConfig{.window_budget = window}),
        decoder_(DecoderConfig{.window_budget = window}) {
    for (std::size_t batch = 1; batch < batches; ++batch) copy_from_first(batch, batch * 13);
    EXPECT_TRUE(decoder_.declare_block(0, memory_.pages()));
  }
  MutableByteSpan batch(std::size_t number) { return {memory_.page(number * batch_pages).data(), batch_bytes}; }
  void copy_from_first(std::size_t to, std::size_t shift) {
    std::ranges::copy(batch(0).first(batch_bytes - shift), batch(to).begin() + static_cast<std::ptrdiff_t>(shift));
  }
  Encoded send(std::size_t number, Codec codec = Codec::zstd3, bool windowed = true) {
    const Slice input = memory_.copy(number * batch_pages, batch_pages);
    return Encoder::encode(
        encoder_.plan(input, Memory::pages_of(input, number * batch_pages, Version(++version_)), windowed), codec);
  }
  Unpacked unpack(const Encoded& encoded) {
    auto unpacked = decoder_.unpack(testing::joined(encoded));
    if (!unpacked) throw Error(unpacked.error());
    return std::move(*unpacked);
  }
  DecodeReport apply(Unpacked unpacked) {
    auto report = decoder_.apply(std::move(unpacked), destination_, destination_);
    if (!report) throw Error(report.error());
    return *report;
  }
  DecodeReport receive(const Encoded& encoded) { return apply(unpack(encoded)); }
  void expect_equal() const {
    EXPECT_TRUE(std::ranges::equal(memory_.bytes(), destination_.bytes()));
    EXPECT_EQ(encoder_.digest(), decoder_.digest());
  }
  Encoder& encoder() { return encoder_; }
  Decoder& decoder() { return decoder_; }

 private:
  Memory memory_;
  Destination destination_;
  Encoder encoder_;
  Decoder decoder_;
  std::uint64_t version_ = 0;
};

TEST(Window, WhatAnEarlierBatchCarriedIsNotSentTwiceAtAnyShift) {
  for (const Codec codec : {Codec::none, Codec::lz4, Codec::zstd1, Codec::zstd9}) {
    WindowedEnds ends(3);
    const Encoded first = ends.send(0, codec);
    EXPECT_TRUE(ends.receive(first).rejected.empty());
    for (const std::size_t batch : {1, 2}) {
      const Encoded later = ends.send(batch, codec);
      EXPECT_LT(later.size.value * 5, first.size.value) << to_string(codec);
      EXPECT_GT(later.stats.matched.value, batch_bytes * 9 / 10);
      EXPECT_TRUE(ends.receive(later).rejected.empty());
    }
    ends.expect_equal();
  }
}

TEST(Window, OnlyWhereItIsAskedFor) {
  WindowedEnds ends(2);
  const Encoded first = ends.send(0), second = ends.send(1, Codec::zstd3, false);
  EXPECT_GT(second.size.value * 2, first.size.value);
  EXPECT_EQ(second.stats.matched.value, 0U);
  EXPECT_TRUE(ends.receive(first).rejected.empty());
  EXPECT_TRUE(ends.receive(second).rejected.empty());
  ends.expect_equal();
}

TEST(Window, ABatchThatOvertookItsSourceWaitsForIt) {
  WindowedEnds ends(3);
  const Encoded first = ends.send(0), second = ends.send(1), third = ends.send(2);
  Unpacked waiting = ends.unpack(third), also = ends.unpack(second);
  EXPECT_FALSE(waiting.complete());
  EXPECT_FALSE(ends.decoder().can_complete(waiting));
  EXPECT_TRUE(ends.receive(first).rejected.empty());
  for (Unpacked* batch : {&waiting, &also}) {
    EXPECT_TRUE(ends.decoder().can_complete(*batch));
    EXPECT_TRUE(ends.decoder().complete(*batch));
    EXPECT_TRUE(batch->complete());
    EXPECT_TRUE(ends.apply(std::move(*batch)).rejected.empty());
  }
  ends.expect_equal();
}

// The last copies a page that only the second carried, which itself still waits for the first.
TEST(Window, OneThatWaitsDoesNotMakeOthersWait) {
  WindowedEnds ends(3);
  Random random(5);
  const MutableByteSpan own = ends.batch(1).first(testing::page_length);
  testing::fill_page(Content::text, random, own);
  testing::fill_page(Content::noise, random, ends.batch(2));
  std::ranges::copy(own, ends.batch(2).begin());
  const Encoded first = ends.send(0), second = ends.send(1), third = ends.send(2);
  EXPECT_GT(second.stats.matched.value, batch_bytes / 2);
  EXPECT_GT(third.stats.matched.value, testing::page_length * 9 / 10);
  Unpacked waiting = ends.unpack(second);
  EXPECT_FALSE(waiting.complete());
  EXPECT_TRUE(ends.receive(third).rejected.empty());
  ends.receive(first);
  EXPECT_TRUE(ends.decoder().complete(waiting));
  EXPECT_TRUE(ends.apply(std::move(waiting)).rejected.empty());
  ends.expect_equal();
}

TEST(Window, WhatWasNeverHeldIsRepairedInFull) {
  WindowedEnds ends(2);
  const Encoded first = ends.send(0);
  ends.encoder().acknowledge(first.id);  // although it never arrived
  const Encoded second = ends.send(1);
  const DecodeReport report = ends.receive(second);
  ASSERT_EQ(report.rejected.size(), batch_pages);
  std::vector<PageVersion> asked;
  for (const Rejected& rejected : report.rejected) {
    EXPECT_EQ(rejected.reason, RejectReason::missing_base);
    asked.push_back(rejected.page);
  }
  Repair repair = ends.encoder().missing(asked);
  EXPECT_TRUE(repair.fetch.empty());
  for (Plan& plan : repair.plans)
    EXPECT_TRUE(ends.receive(Encoder::encode(std::move(plan), Codec::zstd3)).rejected.empty());
  ends.receive(first);
  ends.expect_equal();
}

// Windowed pages have one checksum together: where the list of matches was damaged, all of them are asked for again.
TEST(Window, WrongMatchesAreFoundAndRepaired) {
  WindowedEnds ends(2);
  EXPECT_TRUE(ends.receive(ends.send(0, Codec::none)).rejected.empty());
  const Slice sent = testing::joined(ends.send(1, Codec::none));
  ByteVector bytes(sent.bytes().begin(), sent.bytes().end());
  const auto parsed = parse_head(bytes);
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->counts.windowed, batch_pages);
  // The lowest byte of the only match's offset.
  const std::size_t matches = bytes.size() - parsed->sections.size() + parsed->head.window->matches_stored;
  bytes[matches - 3] ^= std::byte{1};
  auto unpacked = ends.decoder().unpack(Slice::adopt(std::move(bytes)));
  ASSERT_TRUE(unpacked) << unpacked.error().message();
  const DecodeReport report = ends.apply(std::move(*unpacked));
  EXPECT_EQ(report.applied, 0U);
  ASSERT_EQ(report.rejected.size(), batch_pages);
  std::vector<PageVersion> asked;
  for (const Rejected& rejected : report.rejected) {
    EXPECT_EQ(rejected.reason, RejectReason::checksum);
    asked.push_back(rejected.page);
  }
  for (Plan& plan : ends.encoder().missing(asked).plans)
    EXPECT_TRUE(ends.receive(Encoder::encode(std::move(plan), Codec::zstd3)).rejected.empty());
  ends.expect_equal();
}

// Batches overtake each other and acknowledgements come late, while the window moves on many times: nothing that is
// needed is ever missing, and neither side holds more than was agreed.
TEST(Window, MovesOnOnlyWhenNothingNeedsWhatItLeaves) {
  constexpr std::size_t batches = 400, under_way_max = 24;
  constexpr Bytes window = MiB(12);
  WindowedEnds ends(batches, window);
  Random random(17);
  // Every batch has some of its own, and some of a few batches before it.
  for (std::size_t batch = 1; batch < batches; ++batch) {
    MutableByteSpan own = ends.batch(batch);
    for (std::size_t page = 0; page < batch_pages; ++page)
      testing::fill_page(page % 2 == 0 ? Content::text : Content::code, random,
                         own.subspan(page * testing::page_length, testing::page_length));
    const std::size_t from = batch - 1 - random.below(std::min<std::size_t>(batch, 20));
    std::ranges::copy(ends.batch(from).subspan(1000, batch_bytes / 3), own.begin() + 777);
  }
  std::deque<Encoded> on_the_way;
  std::deque<std::pair<BatchId, Unpacked>> waiting;
  std::deque<BatchId> arrived;
  std::size_t rejected = 0, waited = 0;
  Bytes matched;
  const auto some = [&](auto& from) {
    const auto it = from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size()));
    auto taken = std::move(*it);
    from.erase(it);
    return taken;
  };
  for (std::size_t batch = 0; batch < batches || !on_the_way.empty() || !waiting.empty() || !arrived.empty();) {
    const auto what = random.below(3);
    if (what == 0 && batch < batches && on_the_way.size() + waiting.size() + arrived.size() < under_way_max) {
      on_the_way.push_back(ends.send(batch++));
      matched += on_the_way.back().stats.matched;
    } else if (what == 1 && !on_the_way.empty()) {
      const Encoded encoded = some(on_the_way);
      waiting.emplace_back(encoded.id, ends.unpack(encoded));
      waited += waiting.back().second.complete() ? 0 : 1;
      for (std::size_t count = waiting.size(); count > 0; --count) {
        auto [id, unpacked] = std::move(waiting.front());
        waiting.pop_front();
        if (!ends.decoder().can_complete(unpacked)) {
          waiting.emplace_back(id, std::move(unpacked));
          continue;
        }
        EXPECT_TRUE(ends.decoder().complete(unpacked));
        rejected += ends.apply(std::move(unpacked)).rejected.size();
        arrived.push_back(id);
      }
    } else if (what == 2 && !arrived.empty()) {
      ends.encoder().acknowledge(some(arrived));
    }
    EXPECT_LE(ends.encoder().window(), window);
    EXPECT_LE(ends.decoder().window(), window);
  }
  EXPECT_EQ(rejected, 0U);
  EXPECT_GT(waited, 20U);
  EXPECT_GT(matched.value, batches * batch_bytes / 4);
  ends.expect_equal();
}

// Migrates the whole of `memory`, batch by batch, and returns the bytes that it took.
std::size_t migrate(Encoder& encoder, Decoder& decoder, const Memory& memory) {
  Destination destination(memory.pages());
  EXPECT_TRUE(decoder.declare_block(0, memory.pages()));
  std::size_t bytes = 0;
  for (std::size_t first = 0; first < memory.pages(); first += batch_pages) {
    const Slice input = memory.copy(first, batch_pages);
    const Encoded encoded =
        Encoder::encode(encoder.plan(input, Memory::pages_of(input, first, Version(1)), true), Codec::zstd3);
    const auto report = decoder.decode(testing::joined(encoded), destination, destination);
    EXPECT_TRUE(report && report->rejected.empty());
    encoder.acknowledge(encoded.id);
    bytes += encoded.size.value;
  }
  EXPECT_TRUE(std::ranges::equal(memory.bytes(), destination.bytes()));
  return bytes;
}

// There, back, and there again; each time what the two ends had at the end of the journey before.
TEST(Window, AGuestThatReturnsBringsOnlyWhatChanged) {
  Memory memory(batch_pages * 8, 21, testing::compressible_contents);
  KeptWindow here, there;
  std::size_t first_time = 0;
  for (int journey = 0; journey < 3; ++journey) {
    Encoder encoder(EncoderConfig{.window_budget = MiB(16)}, here);
    Decoder decoder(DecoderConfig{.window_budget = MiB(16)}, there);
    const std::size_t bytes = migrate(encoder, decoder, memory);
    if (journey == 0) first_time = bytes;
    EXPECT_LT(journey * 10 * bytes, first_time + 1) << journey;
    here = decoder.kept_window();
    there = encoder.kept_window();
    EXPECT_EQ(here.last, there.last);
    EXPECT_EQ(here.size(), there.size());
    for (std::size_t page = 3; page < memory.pages(); page += 20) memory.dirty(page);
  }
}

// A hole in what one end begins with: what copies from there is rejected, and does not wait for what will never come.
TEST(Window, WhatOneEndLacksInTheMidstIsNotAwaited) {
  const Memory memory(batch_pages * 4, 25, testing::compressible_contents);
  Encoder first(EncoderConfig{.window_budget = MiB(16)});
  Decoder decoder(DecoderConfig{.window_budget = MiB(16)});
  migrate(first, decoder, memory);
  KeptWindow there = first.kept_window();
  ASSERT_EQ(there.batches.size(), 4U);
  there.batches.erase(there.batches.begin() + 1);
  Encoder back(EncoderConfig{.window_budget = MiB(16)}, decoder.kept_window());
  Decoder receiver(DecoderConfig{.window_budget = MiB(16)}, there);
  ASSERT_TRUE(receiver.declare_block(0, memory.pages()));
  Destination destination(memory.pages());
  const Slice input = memory.copy(batch_pages, batch_pages);
  const Encoded encoded =
      Encoder::encode(back.plan(input, Memory::pages_of(input, batch_pages, Version(1)), true), Codec::zstd3);
  ASSERT_GT(encoded.stats.matched.value, batch_bytes / 2);
  auto unpacked = receiver.unpack(testing::joined(encoded));
  ASSERT_TRUE(unpacked);
  EXPECT_TRUE(unpacked->complete());
  EXPECT_EQ(receiver.apply(std::move(*unpacked), destination, destination)->rejected.size(), batch_pages);
}

// Numbers as no honest peer gives them.
TEST(Window, NumbersThatAreFarApartCostNoMemory) {
  const auto literals = [](std::size_t size) { return Literals{std::make_shared<std::byte[]>(size), size}; };
  const KeptWindow window{{{BatchId(1), literals(4096)}, {max_batch_id - BatchId(5), literals(4096)}}, max_batch_id};
  const SentWindow sent(MiB(1), window);
  EXPECT_EQ(sent.held(), KiB(4) + Bytes(literals_overhead));
  EXPECT_EQ(sent.floor(), max_batch_id - BatchId(5));
}

TEST(Window, OfWhatTheOtherEndLostNothingIsCopied) {
  const Memory memory(batch_pages * 8, 22, testing::compressible_contents);
  Encoder first(EncoderConfig{.window_budget = MiB(16)});
  Decoder decoder(DecoderConfig{.window_budget = MiB(16)});
  const std::size_t first_time = migrate(first, decoder, memory);
  KeptWindow here = decoder.kept_window(), there = first.kept_window();
  there.drop_below(BatchId(5));
  here.drop_below(BatchId(5));
  Encoder back(EncoderConfig{.window_budget = MiB(16)}, here);
  Decoder receiver(DecoderConfig{.window_budget = MiB(16)}, there);
  const std::size_t bytes = migrate(back, receiver, memory);
  EXPECT_GT(bytes * 3, first_time);
  EXPECT_LT(bytes * 3, first_time * 2);
}

// Twice as much as the window holds: half of it is there when it comes back, and stays until its turn has come.
TEST(Window, WhatItBeginsWithIsNotDroppedForWhatComes) {
  const Bytes window = MiB(1) + Bytes(4 * literals_overhead);
  const Memory memory(batch_pages * 8, 24, testing::compressible_contents);
  Encoder first(EncoderConfig{.window_budget = window});
  Decoder decoder(DecoderConfig{.window_budget = window});
  const std::size_t first_time = migrate(first, decoder, memory);
  Encoder back(EncoderConfig{.window_budget = window}, decoder.kept_window());
  Decoder receiver(DecoderConfig{.window_budget = window}, first.kept_window());
  EXPECT_LT(migrate(back, receiver, memory) * 3, first_time * 2);
}

TEST(Window, OfMoreThanTheBudgetTheNewestAreKept) {
  const Memory memory(batch_pages * 8, 23, testing::compressible_contents);
  Encoder first(EncoderConfig{.window_budget = MiB(16)});
  Decoder decoder(DecoderConfig{.window_budget = MiB(16)});
  migrate(first, decoder, memory);
  Encoder back(EncoderConfig{.window_budget = MiB(1)}, decoder.kept_window());
  EXPECT_LE(back.window(), MiB(1));
  EXPECT_GT(back.window(), KiB(100));
  Decoder receiver(DecoderConfig{.window_budget = MiB(1)}, first.kept_window());
  EXPECT_LE(receiver.window(), MiB(1));
  migrate(back, receiver, memory);
}

TEST(Window, AReceiverThatHoldsLessAsksForTheRest) {
  HeldWindow held(KiB(100));
  const auto literals = [](std::size_t size) { return Literals{std::make_shared<std::byte[]>(size), size}; };
  for (const unsigned id : {5U, 9U, 2U, 7U}) held.hold(BatchId(id), literals(KiB(40).value));
  EXPECT_EQ(held.held(), (KiB(40) + Bytes(literals_overhead)) * 2);
  Literals found;
  for (const unsigned id : {7U, 9U}) EXPECT_EQ(held.find(BatchId(id), found), HeldWindow::Presence::held) << id;
  for (const unsigned id : {2U, 3U, 5U}) EXPECT_EQ(held.find(BatchId(id), found), HeldWindow::Presence::gone) << id;
  for (const unsigned id : {8U, 10U}) EXPECT_EQ(held.find(BatchId(id), found), HeldWindow::Presence::awaited) << id;
  held.hold_nothing(BatchId(8));
  EXPECT_EQ(held.find(BatchId(8), found), HeldWindow::Presence::gone);
  held.drop_below(BatchId(9));
  EXPECT_EQ(held.find(BatchId(7), found), HeldWindow::Presence::gone);
  EXPECT_EQ(held.held(), KiB(40) + Bytes(literals_overhead));
}

TEST(MatchList, SaysWhatItWasTold) {
  const std::vector<Match> matches{
      {0, 32, 0, BatchId(1)}, {100, 4000, 4'095'000, BatchId(299)}, {5, 300, 77, BatchId(2)}};
  const ByteVector list = write_matches(matches, BatchId(300));
  const std::size_t literals = 105 + 9, contents = literals + 4332;
  const auto read = read_matches(list, BatchId(300), literals, contents);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, matches);
  for (std::size_t size = 0; size < list.size(); ++size)
    EXPECT_FALSE(read_matches(ByteSpan(list).first(size), BatchId(300), literals, contents)) << size;
  ByteVector longer = list;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(read_matches(longer, BatchId(300), literals, contents));
  EXPECT_FALSE(read_matches(list, BatchId(298), literals, contents));  // a source that is not an earlier batch
  EXPECT_FALSE(read_matches(list, BatchId(300), literals + 1, contents));
  EXPECT_FALSE(read_matches(list, BatchId(300), literals, contents + 1));
  EXPECT_FALSE(read_matches(list, BatchId(300), 104, 104 + 4332));
}

}  // namespace
}  // namespace dwcp::hde
