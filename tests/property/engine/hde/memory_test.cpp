// What the two ends take of the heap stays below their budgets and the tables that memory_bound.hpp derives from the
// number of pages: counted over long sessions with every misfortune, and where it once was more.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/base/checksum.hpp"
#include "engine/hde/codec.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/match_list.hpp"
#include "engine/hde/memory_bound.hpp"
#include "tests/property/engine/hde/counted_heap.hpp"
#include "tests/property/engine/hde/unreliable_session.hpp"

namespace dwcp::hde {
namespace {

using testing::heap_live;
using testing::heap_peak;
using testing::HeapSide;
using testing::OnSide;
using testing::SessionShape;
using testing::UnreliableSession;

constexpr std::size_t finish_rounds_max = 400;

struct Highest {
  Bytes sender{0}, receiver{0}, cached{0}, retained{0}, window_sent{0}, window_held{0}, base_cache{0};
  double sender_share = 0, receiver_share = 0;  // of their bounds
};

class Watch {
 public:
  Watch(const SessionShape& shape, std::uint64_t seed) : shape_(shape), session_(shape, seed) {
    testing::reset_heap_peak(HeapSide::a);
    testing::reset_heap_peak(HeapSide::b);
    check();
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps && !failed_; ++i) {
      session_.step();
      check();
    }
  }
  // finish() sends and delivers all in one call, so only what is left then is compared.
  void finish() {
    ASSERT_LE(session_.finish(finish_rounds_max), finish_rounds_max);
    testing::reset_heap_peak(HeapSide::a);
    testing::reset_heap_peak(HeapSide::b);
    check();
    ASSERT_TRUE(std::ranges::equal(session_.memory().bytes(), session_.destination().bytes()));
  }
  void next(bool back) {
    session_.begin_next(back);
    check();
  }
  const Highest& highest() const { return highest_; }
  const UnreliableSession& session() const { return session_; }

 private:
  void check() {
    Workload load;
    load.pages = shape_.pages;
    load.batch_pages = shape_.batch_pages;
    load.batches_under_way = session_.encoder().batches_under_way();
    load.pages_under_way = load.batches_under_way * shape_.batch_pages;
    load.batches_waiting = session_.batches_waiting();
    const MemoryBound sender = encoder_memory(shape_.encoder, load);
    // In one step as many batches are sent, or repairs.
    Workload during = load;
    during.batches_under_way += shape_.sent_at_once;
    during.pages_under_way = during.batches_under_way * shape_.batch_pages;
    during.batches_waiting += 1;
    MemoryBound receiver = decoder_memory(shape_.decoder, load);
    if (shape_.receiver_cache > Bytes(0)) receiver.resting += base_cache_memory(shape_.receiver_cache, load);
    expect_below("the sender", session_.sender_side(), sender.resting,
                 encoder_memory(shape_.encoder, during).resting + sender.working, highest_.sender,
                 highest_.sender_share);
    expect_below("the receiver", session_.receiver_side(), receiver.resting,
                 receiver.resting + receiver.working + decoder_memory(shape_.decoder, during).working,
                 highest_.receiver, highest_.receiver_share);
    const auto raise = [](Bytes& highest, Bytes now) { highest = std::max(highest, now); };
    raise(highest_.cached, session_.encoder().cached());
    raise(highest_.retained, session_.encoder().retained());
    raise(highest_.window_sent, session_.encoder().window());
    raise(highest_.window_held, session_.decoder().window());
    if (session_.cache() != nullptr) raise(highest_.base_cache, session_.cache()->held());
  }
  void expect_below(const char* who, HeapSide side, Bytes resting, Bytes working, Bytes& highest, double& share) {
    const Bytes live = heap_live(side), peak = heap_peak(side);
    highest = std::max(highest, peak);
    share = std::max(share, static_cast<double>(live.value) / static_cast<double>(resting.value));
    if (live > resting || peak > working) {
      failed_ = true;
      ADD_FAILURE() << who << " takes " << live.value << " bytes, at most " << resting.value << "; in the call "
                    << peak.value << ", at most " << working.value << "; cached " << session_.encoder().cached().value
                    << ", retained " << session_.encoder().retained().value << ", window "
                    << session_.encoder().window().value << ", under way " << session_.encoder().batches_under_way();
    }
    testing::reset_heap_peak(side);
  }

  SessionShape shape_;
  UnreliableSession session_;
  Highest highest_;
  bool failed_ = false;
};

struct Budgets {
  const char* name;
  Bytes delta_cache, retention, window, receiver_cache;
};

class Memory : public ::testing::TestWithParam<Budgets> {};

TEST_P(Memory, StaysWithinTheBudgets) {
  const Budgets& budgets = GetParam();
  Highest highest;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SessionShape shape;
    shape.pages = 1500;
    shape.encoder.delta_cache_budget = budgets.delta_cache;
    shape.encoder.retention_budget = budgets.retention;
    shape.encoder.window_budget = shape.decoder.window_budget = budgets.window;
    shape.receiver_cache = budgets.receiver_cache;
    shape.sent_at_once = 3;
    shape.misfortune = {
        .lost = 0.03, .doubled = 0.1, .damaged = 0.03, .impatient = 0.2, .base_forgotten = 0.05, .base_damaged = 0.05};
    Watch watch(shape, seed);
    for (int migration = 0; migration < 4; ++migration) {
      if (migration > 0) watch.next(migration % 2 == 0);
      watch.run(400);
      if (HasFailure()) return;
      watch.finish();
    }
    const Highest& h = watch.highest();
    for (const auto member : {&Highest::sender, &Highest::receiver, &Highest::cached, &Highest::retained,
                              &Highest::window_sent, &Highest::window_held, &Highest::base_cache})
      highest.*member = std::max(highest.*member, h.*member);
    highest.sender_share = std::max(highest.sender_share, h.sender_share);
    highest.receiver_share = std::max(highest.receiver_share, h.receiver_share);
  }
  std::printf(
      "%s, KiB: peaks: sender %lu (resting %.0f %% of the bound), receiver %lu (%.0f %%); cached %lu of %lu, "
      "retained %lu of %lu, window %lu and %lu of %lu, base cache %lu of %lu\n",
      budgets.name, highest.sender.value / 1024, 100 * highest.sender_share, highest.receiver.value / 1024,
      100 * highest.receiver_share, highest.cached.value / 1024, budgets.delta_cache.value / 1024,
      highest.retained.value / 1024, budgets.retention.value / 1024, highest.window_sent.value / 1024,
      highest.window_held.value / 1024, budgets.window.value / 1024, highest.base_cache.value / 1024,
      budgets.receiver_cache.value / 1024);
  // The budgets are what bounds it: each was filled.
  EXPECT_GE(highest.cached.value, budgets.delta_cache.value / 10 * 9);
  EXPECT_GE(highest.retained.value, budgets.retention.value / 10 * 7);
  EXPECT_GE(highest.window_sent.value, budgets.window.value / 10 * 6);
  EXPECT_GE(highest.window_held.value, budgets.window.value / 10 * 6);
  EXPECT_GE(highest.base_cache.value, budgets.receiver_cache.value / 10 * 9);
}
INSTANTIATE_TEST_SUITE_P(Hde, Memory,
                         ::testing::Values(Budgets{"small", KiB(256), KiB(300), KiB(256), KiB(128)},
                                           Budgets{"window", Bytes(0), KiB(512), MiB(1), Bytes(0)},
                                           Budgets{"cache", MiB(2), MiB(1), KiB(64), MiB(2)},
                                           Budgets{"retention", KiB(64), MiB(2), KiB(512), KiB(64)}),
                         [](const ::testing::TestParamInfo<Budgets>& given) { return std::string(given.param.name); });

constexpr std::size_t batch_pages = 32, batch_bytes = batch_pages * page_size.value;

std::vector<PageIn> pages_in(const Slice& input, std::uint64_t version) {
  return testing::Memory::pages_of(input, 0, Version(version));
}

// A batch that is never acknowledged must not make the names of those behind it pile up.
TEST(HdeMemory, OneBatchThatIsNotAcknowledgedCostsNoMoreThanItself) {
  const OnSide side(HeapSide::a);
  Encoder encoder(EncoderConfig{.delta_cache_budget = Bytes(0), .window_budget = Bytes(0)});
  testing::Memory memory(1, 1, std::array{testing::Content::text});
  const Slice input = memory.copy(0, 1);
  Bytes before{0};
  for (std::uint64_t version = 1; version <= 40'000; ++version) {
    const BatchId id = Encoder::encode(encoder.plan(input, pages_in(input, version)), Codec::none).id;
    if (version > 1) encoder.acknowledge(id);
    if (version == 1000) before = heap_live(HeapSide::a);
  }
  EXPECT_LE(heap_live(HeapSide::a), before + KiB(1));
}

// The input of a batch is held as a whole, pages of zeroes too; and what is unchanged waits beside it.
TEST(HdeMemory, WhatIsRetainedIsWhatIsHeld) {
  const OnSide side(HeapSide::a);
  const Bytes before = heap_live(HeapSide::a);
  const EncoderConfig config{.delta_cache_budget = MiB(1), .retention_budget = MiB(1), .window_budget = Bytes(0)};
  Encoder encoder(config);
  Workload load;
  load.pages = load.batch_pages = batch_pages;
  for (std::uint64_t version = 1; version <= 60; ++version) {
    const Slice input = Slice::copy_of(std::vector<std::byte>(batch_bytes));
    // One page has content, and that stays as it is.
    const_cast<std::byte&>(input.bytes()[5 * page_size.value]) = std::byte{1};
    Encoder::encode(encoder.plan(input, pages_in(input, version)), Codec::none);
    if (version == 1) encoder.acknowledge(BatchId(1));
    load.batches_under_way = encoder.batches_under_way();
    load.pages_under_way = load.batches_under_way * batch_pages;
    ASSERT_LE(heap_live(HeapSide::a) - before, encoder_memory(config, load).resting) << "after version " << version;
  }
  EXPECT_GE(encoder.retained(), KiB(800));
}

// One page made of literals, which later batches may copy from, and all others packed: a peer may send such.
ByteVector batch_with_packed_pages(std::uint64_t number) {
  testing::Memory memory(1, number, std::array{testing::Content::text});
  ByteVector contents(max_batch_pages * page_size.value);
  std::ranges::copy(memory.bytes(), contents.begin());
  BatchHead head;
  std::vector<Record> records(max_batch_pages);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ByteSpan page = ByteSpan(contents).subspan(i * page_size.value, page_size.value);
    records[i].key.index = PageIndex(i);
    records[i].version = static_cast<std::uint32_t>(number);
    records[i].kind = i == 0 ? RecordKind::windowed : RecordKind::packed;
    records[i].checksum = static_cast<std::uint32_t>(hash128(page).low);
  }
  ByteVector packed(contents.size());
  packed.resize(*compress(Codec::zstd1, contents, packed));
  const ByteVector matches = write_matches({}, BatchId(number));
  head.batch = BatchId(number);
  head.packed_codec = WireCodec::zstd;
  head.packed_stored = packed.size();
  head.window.emplace();
  head.window->matches_size = head.window->matches_stored = matches.size();
  head.window->literals = page_size.value;
  head.window->checksum = static_cast<std::uint32_t>(hash64(memory.bytes()));
  head.window->pages = join_checksum(0, records[0].checksum);
  head.window->held = true;
  ByteVector batch = write_head(head, records, matches.size() + packed.size());
  batch.insert(batch.end(), matches.begin(), matches.end());
  batch.insert(batch.end(), packed.begin(), packed.end());
  return batch;
}

TEST(HdeMemory, AWindowHoldsNothingBesideItsLiterals) {
  testing::Destination destination(max_batch_pages);
  const DecoderConfig config{.window_budget = KiB(256)};
  Workload load;
  load.pages = load.batch_pages = max_batch_pages;
  const Bytes before = heap_live(HeapSide::b);
  const OnSide side(HeapSide::b);
  Decoder decoder(config);
  ASSERT_TRUE(decoder.declare_block(0, max_batch_pages));
  for (std::uint64_t number = 1; number <= 20; ++number) {
    {
      const OnSide other(HeapSide::other);
      const Slice payload = Slice::adopt(batch_with_packed_pages(number));
      const OnSide again(HeapSide::b);
      const auto report = decoder.decode(payload, destination, destination);
      ASSERT_TRUE(report) << report.error().message();
      ASSERT_EQ(report->applied, max_batch_pages);
    }
    ASSERT_LE(heap_live(HeapSide::b) - before, decoder_memory(config, load).resting) << "after batch " << number;
  }
  EXPECT_GE(decoder.window(), KiB(80));
}

// A guest that writes a little in every batch: many short literals, whose entries count as well.
TEST(HdeMemory, EntriesOfShortLiteralsCount) {
  constexpr std::uint64_t batches = 30'000;
  const EncoderConfig config{.delta_cache_budget = Bytes(0), .retention_budget = Bytes(0), .window_budget = MiB(1)};
  const DecoderConfig decoding{.window_budget = MiB(1)};
  testing::Destination destination(1);
  testing::Memory memory(1, 1, std::array{testing::Content::text});
  Workload load;
  load.pages = load.batch_pages = 1;
  const Bytes sent = heap_live(HeapSide::a), held = heap_live(HeapSide::b);
  OnSide side(HeapSide::a);
  Encoder encoder(config);
  const OnSide receiver(HeapSide::b);
  Decoder decoder(decoding);
  ASSERT_TRUE(decoder.declare_block(0, 1));
  for (std::uint64_t version = 1; version <= batches; ++version) {
    const OnSide other(HeapSide::other);
    store_le(memory.page(0).data() + 64 * (version % 16), version * 0x9e3779b97f4a7c15);
    Slice payload;
    {
      const OnSide sender(HeapSide::a);
      const Slice input = memory.copy(0, 1);
      const Encoded encoded = Encoder::encode(encoder.plan(input, pages_in(input, version), true), Codec::none);
      encoder.acknowledge(encoded.id);
      const OnSide wire(HeapSide::other);
      payload = testing::joined(encoded);
    }
    const OnSide again(HeapSide::b);
    ASSERT_TRUE(decoder.decode(payload, destination, destination));
    if (version % 100 != 0) continue;
    ASSERT_LE(heap_live(HeapSide::a) - sent, encoder_memory(config, load).resting) << "after version " << version;
    ASSERT_LE(heap_live(HeapSide::b) - held, decoder_memory(decoding, load).resting) << "after version " << version;
  }
  EXPECT_LE(encoder.window(), MiB(1));
  EXPECT_GE(encoder.window(), KiB(600));
  EXPECT_GE(decoder.window(), encoder.window());  // what it was not told yet that nobody needs
  EXPECT_LE(decoder.window(), MiB(1));
}

// The example in memory_bound.hpp.
TEST(HdeMemory, AGuestOf16GiBWithTheDefaults) {
  const Workload load{.pages = GiB(16).value / page_size.value,
                      .batches_under_way = 64,
                      .pages_under_way = 64 * 256,
                      .batches_waiting = 16};
  const auto in_mib = [](Bytes bytes) { return bytes.value >> 20; };
  EXPECT_EQ(in_mib(encoder_memory({}, load).resting), 884U);
  EXPECT_EQ(in_mib(encoder_memory({}, load).working), 14U);
  EXPECT_EQ(in_mib(decoder_memory({}, load).resting), 419U);
  EXPECT_EQ(in_mib(base_cache_memory(MiB(256), load)), 272U);
}

// zstd allocates by malloc: what that has given in all, less what operator new counts.
TEST(HdeMemory, AThreadsCompressionContextsAreBounded) {
  const auto by_malloc = [] {
    const struct mallinfo2 all = mallinfo2();
    std::uint64_t ours = 0;
    for (const HeapSide side : {HeapSide::other, HeapSide::a, HeapSide::b}) ours += heap_live(side).value;
    return static_cast<std::int64_t>(all.uordblks + all.hblkhd) - static_cast<std::int64_t>(ours);
  };
  const std::int64_t before = by_malloc();
  if (mallinfo2().uordblks + mallinfo2().hblkhd == 0) GTEST_SKIP() << "this malloc does not count";
  testing::Memory memory(max_batch_pages, 1);
  for (std::size_t codec = 1; codec < codec_count; ++codec) {
    ByteVector out(memory.bytes().size()), back(memory.bytes().size());
    const auto size = compress(static_cast<Codec>(codec), memory.bytes(), out);
    ASSERT_TRUE(size);
    ASSERT_TRUE(decompress(wire_codec(static_cast<Codec>(codec)), ByteSpan(out).first(*size), back));
  }
  const std::int64_t taken = by_malloc() - before;
  std::printf("zstd's contexts of one thread: %ld KiB\n", taken / 1024);
  EXPECT_GE(taken, 1024 * 1024);  // else they would not be counted
  EXPECT_LE(taken, static_cast<std::int64_t>(compression_context_max.value));
}

}  // namespace
}  // namespace dwcp::hde
