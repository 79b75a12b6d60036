#include "engine/hde/codec_chooser.hpp"

#include <gtest/gtest.h>

namespace dwcp::hde {
namespace {

constexpr BitRate operator""_Mbit(unsigned long long rate) { return BitRate(rate * 1'000'000); }

CodecChooser chooser_at(BitRate rate, unsigned cores = 1) {
  CodecChooserConfig config;
  config.cores = cores;
  CodecChooser chooser(config);
  chooser.observe_link(rate);
  return chooser;
}

// 1 MiB of pages at `speed` bytes per second and core, shrunk by `ratio`.
void observe(CodecChooser& chooser, Codec codec, double speed, double ratio, int times = 1) {
  for (int i = 0; i < times; ++i)
    chooser.observe_codec(codec, MiB(1), Bytes(static_cast<std::uint64_t>(1048576 / ratio)),
                          from_seconds(1048576 / speed));
}

using Made = CodecChooser::Made;

// As if the codecs had been given the same MiB, at `speed` bytes per second and shrunk by `ratio`.
Made made(double speed, double ratio) {
  return {Bytes(static_cast<std::uint64_t>(1048576 / ratio)), from_seconds(1048576 / speed)};
}

TEST(CodecChooser, SlowLinksGetStrongCodecsAndFastLinksNone) {
  EXPECT_EQ(chooser_at(3_Mbit).best(), Codec::zstd18);
  EXPECT_EQ(chooser_at(100_Mbit).best(), Codec::zstd6);
  EXPECT_EQ(chooser_at(400_Mbit).best(), Codec::zstd3);
  EXPECT_EQ(chooser_at(40'000_Mbit).best(), Codec::none);
}

TEST(CodecChooser, MoreCoresAllowMoreCompression) {
  EXPECT_EQ(chooser_at(10'000_Mbit, 1).best(), Codec::none);
  EXPECT_EQ(chooser_at(10'000_Mbit, 32).best(), Codec::zstd3);
}

// A path that carries more than the processors can hand to it: what counts is the processor's time for each page, with
// what its bytes cost on their way.
TEST(CodecChooser, BytesThatCostMuchOnTheirWayAreWorthCompressing) {
  const auto with_carriage = [](double seconds_per_gigabyte) {
    CodecChooser chooser = chooser_at(80'000_Mbit, 2);
    for (int i = 0; i < 20; ++i) chooser.observe_carriage(MiB(64), from_seconds(seconds_per_gigabyte * 0.067108864));
    return chooser.best();
  };
  EXPECT_EQ(with_carriage(0.0), Codec::none);
  EXPECT_EQ(with_carriage(0.4), Codec::none);
  EXPECT_EQ(with_carriage(4.0), Codec::lz4);
  EXPECT_EQ(with_carriage(40.0), Codec::zstd1);
}

TEST(CodecChooser, WhatDoesNotShrinkIsLeftAsItIs) {
  CodecChooser chooser = chooser_at(1000_Mbit);
  EXPECT_NE(chooser.best(), Codec::none);
  for (int round = 0; round < 200; ++round) {
    chooser.observe_window(MiB(1), Bytes(0), from_seconds(1e-3));
    const Codec codec = chooser.choose();
    observe(chooser, codec, codec == Codec::none ? 6e9 : 0.5e9, 1.001);
  }
  EXPECT_EQ(chooser.best(), Codec::none);
}

// One core at 10 Gbit/s: without a codec it is idle most of the time, with one the link is.
TEST(CodecChooser, TwoInTurnAreBetterThanEither) {
  CodecChooser chooser = chooser_at(10'000_Mbit);
  int strong = 0;
  double link = 0, core = 0;  // seconds of 1 MiB batches, by the usual figures
  for (int i = 0; i < 1000; ++i) {
    const Codec codec = chooser.choose();
    ASSERT_TRUE(codec == Codec::none || codec == Codec::lz4);
    strong += codec == Codec::lz4 ? 1 : 0;
    link += 1048576 / (codec == Codec::lz4 ? 2.2 : 1.0) / 1.25e9;
    core += 1048576 / (codec == Codec::lz4 ? 0.63e9 : 6e9);
  }
  EXPECT_EQ(chooser.best(), Codec::none);
  EXPECT_GT(strong, 200);
  EXPECT_LT(core, link);
  EXPECT_GT(core, 0.85 * link);
  EXPECT_LT(link, 0.85 * 1000 * 1048576 / 1.25e9);
}

TEST(CodecChooser, ComparesRivalsNowAndThenButNeverHopelessOnes) {
  CodecChooser chooser = chooser_at(1000_Mbit);
  int trials = 0;
  for (int i = 0; i < 640; ++i) {
    chooser.choose();
    const auto trial = chooser.trial();
    if (!trial) continue;
    ++trials;
    EXPECT_EQ(trial->used, chooser.best());
    EXPECT_NE(trial->rival, trial->used);
    EXPECT_LT(trial->rival, Codec::zstd9);  // a tenth of the best's speed
  }
  EXPECT_EQ(trials, 10);
}

TEST(CodecChooser, ComparesOftenWhatTheCoresHaveTimeFor) {
  CodecChooser chooser({.cores = 8, .strongest = Codec::zstd9});
  chooser.observe_link(100_Mbit);
  int trials = 0;
  for (int i = 0; i < 64; ++i) {
    chooser.choose();
    trials += chooser.trial() ? 1 : 0;
  }
  EXPECT_EQ(trials, 8);
}

TEST(CodecChooser, ARivalThatIsBetterOnTheSameContentsIsTaken) {
  CodecChooser chooser = chooser_at(400_Mbit);
  ASSERT_EQ(chooser.best(), Codec::zstd3);
  for (int i = 0; i < 20; ++i) {
    observe(chooser, Codec::zstd3, 0.2e9, 3.06);
    chooser.observe_trial({Codec::zstd3, Codec::zstd1}, MiB(1), made(0.2e9, 3.06), made(0.36e9, 3.5),
                          from_seconds(1048576 / 0.2e9));
  }
  EXPECT_EQ(chooser.best(), Codec::zstd1);
}

// Checksums, copies and the like take as long with a rival.
TEST(CodecChooser, WhatEncodingTakesBesidesTheCodecIsNoGain) {
  CodecChooser chooser = chooser_at(400_Mbit);
  const Codec used = chooser.best();
  const auto speed_of_lz4 = [&](double besides) {
    for (int i = 0; i < 100; ++i) {
      observe(chooser, used, 1 / (5e-9 + besides), 40);  // the cores are what limits
      chooser.observe_trial({used, Codec::lz4}, MiB(1), made(0.2e9, 20), made(0.8e9, 19.9),
                            from_seconds(1048576 * (5e-9 + besides)));
    }
    return static_cast<double>(chooser.expected(Codec::lz4).value) / 8;
  };
  const double alone = speed_of_lz4(0), with_as_much = speed_of_lz4(5e-9);
  EXPECT_GT(alone, 0.6e9);
  EXPECT_LT(with_as_much, 0.2e9);
}

// Contents on which everything is fast and small say nothing for one codec against another.
TEST(CodecChooser, OddContentsDoNotSpeakForWhatWasTriedOnThem) {
  CodecChooser chooser = chooser_at(100_Mbit);
  const Codec best = chooser.best();
  for (int i = 0; i < 20; ++i) {
    observe(chooser, best, 0.068e9, 3.19);
    chooser.observe_trial({best, Codec::zstd1}, MiB(1), made(0.5e9, 40), made(2.6e9, 36),
                          from_seconds(1048576 / 0.068e9));
  }
  EXPECT_EQ(chooser.best(), best);
}

// Who cannot give two codecs the same bytes sends now and then what a rival made.
TEST(CodecChooser, TrialsMayBeSent) {
  CodecChooser chooser({.trials_are_sent = true});
  chooser.observe_link(1000_Mbit);
  int others = 0;
  for (int i = 0; i < 640; ++i) others += chooser.choose() == Codec::zstd3 ? 1 : 0;
  EXPECT_GT(others, 2);
  EXPECT_EQ(chooser.trial(), std::nullopt);
  const BitRate before = chooser.expected(Codec::zstd3);
  for (int i = 0; i < 40; ++i) observe(chooser, Codec::zstd3, 0.5e9, 6.0);
  EXPECT_GT(chooser.expected(Codec::zstd3), before + before / 4);
}

TEST(CodecChooser, TheWindowIsForPathsThatAreSlowerThanItsSearch) {
  EXPECT_TRUE(CodecChooser(CodecChooserConfig{}).window_pays());
  EXPECT_TRUE(chooser_at(100_Mbit).window_pays());
  EXPECT_FALSE(chooser_at(100'000_Mbit).window_pays());
  const auto after = [](BitRate rate, std::uint64_t matched_kib, double speed) {
    CodecChooser chooser = chooser_at(rate);
    for (int i = 0; i < 40; ++i) chooser.observe_window(MiB(1), KiB(matched_kib), from_seconds(1048576 / speed));
    chooser.observe_link(rate);
    return chooser.window_pays();
  };
  EXPECT_TRUE(after(1000_Mbit, 300, 1.5e9));
  EXPECT_FALSE(after(1000_Mbit, 10, 0.3e9));  // the cores are what limits, and nothing is found
  EXPECT_TRUE(after(50_Mbit, 100, 0.3e9));    // they wait for the link anyway
  // An empty window finds nothing, and fills.
  CodecChooser chooser = chooser_at(100_Mbit);
  for (int i = 0; i < 30; ++i) chooser.observe_window(MiB(1), Bytes(0), from_seconds(1e-3));
  chooser.observe_link(100_Mbit);
  EXPECT_TRUE(chooser.window_pays());
}

TEST(CodecChooser, StaysWithinTheStrongestAllowed) {
  CodecChooserConfig config;
  config.strongest = Codec::none;
  CodecChooser chooser(config);
  EXPECT_EQ(chooser.choose(), Codec::none);
  chooser.observe_link(10_Mbit);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(chooser.choose(), Codec::none);
}

// Contents that one codec shrinks far more than usual are such for the stronger ones, too: they need no trial of
// theirs.
TEST(CodecChooser, WhatOneCodecFoundSaysMuchOfTheOthers) {
  CodecChooser chooser = chooser_at(100_Mbit);
  const BitRate before = chooser.expected(Codec::zstd1);
  observe(chooser, chooser.best(), 0.068e9, 7.0, 20);
  EXPECT_GT(chooser.expected(Codec::zstd1), before + before / 2);
}

TEST(CodecChooser, UnknownLinkGetsAModestCodec) {
  EXPECT_EQ(CodecChooser(CodecChooserConfig{}).choose(), Codec::zstd1);
}

TEST(Codec, NamesAreReadBack) {
  for (std::size_t i = 0; i < codec_count; ++i)
    EXPECT_EQ(parse_codec(to_string(static_cast<Codec>(i))), static_cast<Codec>(i));
  EXPECT_EQ(parse_codec("zip"), std::nullopt);
}

}  // namespace
}  // namespace dwcp::hde
