// Batches that are compressed against an earlier one.
#include "engine/hde/primer.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

using testing::Content;
using testing::Destination;
using testing::Memory;

constexpr std::size_t batch_pages = primer_max.value / page_size.value;

// Text that repeats itself from one batch to the next, as the memory of one program does.
class PrimedEnds {
 public:
  explicit PrimedEnds(std::size_t batches)
      : memory_(batch_pages * batches, 3, std::array{Content::text}), destination_(memory_.pages()) {
    for (std::size_t page = batch_pages; page < memory_.pages(); ++page)
      std::ranges::copy(memory_.page((page * 7) % batch_pages), memory_.page(page).begin());
    EXPECT_TRUE(decoder_.declare_block(0, memory_.pages()));
  }
  Encoded send(std::size_t batch, Codec codec = Codec::zstd3, bool primed = true) {
    const Slice input = memory_.copy(batch * batch_pages, batch_pages);
    return Encoder::encode(
        encoder_.plan(input, Memory::pages_of(input, batch * batch_pages, Version(++version_)), primed), codec);
  }
  DecodeReport receive(const Encoded& encoded) {
    auto report = decoder_.decode(testing::joined(encoded), destination_, destination_);
    EXPECT_TRUE(report.has_value()) << report.error().message();
    return report.has_value() ? *report : DecodeReport{};
  }
  void acknowledge(const Encoded& encoded) { encoder_.acknowledge(encoded.id); }
  void expect_equal() const {
    EXPECT_TRUE(std::ranges::equal(memory_.bytes(), destination_.bytes()));
    EXPECT_EQ(encoder_.digest(), decoder_.digest());
  }
  Encoder& encoder() { return encoder_; }

 private:
  Memory memory_;
  Destination destination_;
  Encoder encoder_{EncoderConfig{}};
  Decoder decoder_{DecoderConfig{}};
  std::uint64_t version_ = 0;
};

TEST(Primer, WhatTheReceiverHoldsIsNotSentTwice) {
  PrimedEnds ends(2);
  const Encoded first = ends.send(0);
  EXPECT_TRUE(ends.receive(first).rejected.empty());
  ends.acknowledge(first);
  const Encoded second = ends.send(1);
  EXPECT_LT(second.size.value * 5, first.size.value);
  EXPECT_TRUE(ends.receive(second).rejected.empty());
  ends.expect_equal();
}

TEST(Primer, NothingIsAPrimerBeforeItIsAcknowledged) {
  PrimedEnds ends(2);
  const Encoded first = ends.send(0), second = ends.send(1);
  EXPECT_GT(second.size.value * 5, first.size.value);
  EXPECT_TRUE(ends.receive(second).rejected.empty());  // in any order
  EXPECT_TRUE(ends.receive(first).rejected.empty());
  ends.expect_equal();
}

TEST(Primer, OnlyWhereItIsAskedForAndByZstd) {
  for (const auto& [codec, primed] : {std::pair(Codec::zstd3, false), std::pair(Codec::lz4, true)}) {
    PrimedEnds ends(2);
    const Encoded first = ends.send(0);
    ends.receive(first);
    ends.acknowledge(first);
    const Encoded second = ends.send(1, codec, primed);
    EXPECT_GT(second.size.value * 5, first.size.value);
    EXPECT_TRUE(ends.receive(second).rejected.empty());
    ends.expect_equal();
  }
}

TEST(Primer, ABatchWhosePrimerIsNotHeldIsRepairedInFull) {
  PrimedEnds ends(2);
  const Encoded first = ends.send(0);
  ends.acknowledge(first);  // although it never arrived
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

// Batches overtake each other and acknowledgements come late, over many changes of the primer: none that is needed is
// ever missing.
TEST(Primer, NoneIsReplacedWhileABatchNeedsIt) {
  constexpr std::size_t batches = 700, under_way_max = 24;
  PrimedEnds ends(batches);
  Random random(17);
  std::deque<Encoded> on_the_way, arrived;
  std::size_t rejected = 0, small = 0;
  const auto some = [&](std::deque<Encoded>& from) {
    const auto it = from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size()));
    Encoded taken = std::move(*it);
    from.erase(it);
    return taken;
  };
  for (std::size_t batch = 0; batch < batches || !on_the_way.empty() || !arrived.empty();) {
    const auto what = random.below(3);
    if (what == 0 && batch < batches && on_the_way.size() + arrived.size() < under_way_max) {
      on_the_way.push_back(ends.send(batch++));
      small += on_the_way.back().size < KiB(32) ? 1 : 0;
    } else if (what == 1 && !on_the_way.empty()) {
      Encoded encoded = some(on_the_way);
      rejected += ends.receive(encoded).rejected.size();
      arrived.push_back(std::move(encoded));
    } else if (what == 2 && !arrived.empty()) {
      ends.acknowledge(some(arrived));
    }
  }
  EXPECT_EQ(rejected, 0U);
  EXPECT_GT(small, batches * 9 / 10);
  ends.expect_equal();
}

TEST(Primer, AReceiverHoldsAFewOfTheNewestAndOnlyTheirFirstPart) {
  HeldPrimers held;
  const ByteVector pages(primer_max.value + 5000, std::byte{7});
  for (const unsigned id : {5U, 9U, 2U, 7U, 11U}) held.hold(BatchId(id), pages);
  for (const unsigned id : {7U, 9U, 11U}) {
    ASSERT_NE(held.find(BatchId(id)), nullptr) << id;
    EXPECT_EQ(held.find(BatchId(id))->bytes.size(), primer_max.value);
  }
  for (const unsigned id : {2U, 5U, 8U}) EXPECT_EQ(held.find(BatchId(id)), nullptr) << id;
}

}  // namespace
}  // namespace dwcp::hde
