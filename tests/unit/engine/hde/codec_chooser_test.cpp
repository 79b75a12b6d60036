#include "engine/hde/codec_chooser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

namespace dwcp::hde {
namespace {

constexpr BitRate operator""_Mbit(unsigned long long rate) { return BitRate(rate * 1'000'000); }

enum class Line { empty, full };

CodecChooser chooser_at(BitRate rate, Line line, unsigned cores = 1) {
  CodecChooserConfig config;
  config.cores = cores;
  CodecChooser chooser(config);
  chooser.observe_link(rate);
  chooser.observe_line(line == Line::full ? GiB(1) : Bytes(0), GiB(1));
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
  EXPECT_EQ(chooser_at(3_Mbit, Line::full).best(), Codec::zstd18);
  EXPECT_EQ(chooser_at(100_Mbit, Line::full).best(), Codec::zstd9);
  EXPECT_EQ(chooser_at(400_Mbit, Line::full).best(), Codec::zstd6);
  EXPECT_EQ(chooser_at(40'000_Mbit, Line::empty).best(), Codec::none);
}

TEST(CodecChooser, WhatLimitsShowsInTheLine) {
  EXPECT_EQ(chooser_at(10'000_Mbit, Line::empty).best(), Codec::none);
  EXPECT_EQ(chooser_at(10'000_Mbit, Line::full).best(), Codec::zstd1);
  EXPECT_LT(chooser_at(100_Mbit, Line::empty).best(), chooser_at(100_Mbit, Line::full).best());
}

TEST(CodecChooser, MoreCoresAllowMoreCompression) {
  EXPECT_EQ(chooser_at(10'000_Mbit, Line::empty, 1).best(), Codec::none);
  EXPECT_EQ(chooser_at(10'000_Mbit, Line::empty, 32).best(), Codec::zstd1);
}

// A path that carries more than the processors can hand to it: what counts is the processor's time for each page, with
// what its bytes cost on their way.
TEST(CodecChooser, BytesThatCostMuchOnTheirWayAreWorthCompressing) {
  const auto with_carriage = [](double seconds_per_gigabyte) {
    CodecChooser chooser = chooser_at(80'000_Mbit, Line::empty, 2);
    for (int i = 0; i < 20; ++i) chooser.observe_carriage(MiB(64), from_seconds(seconds_per_gigabyte * 0.067108864));
    return chooser.best();
  };
  EXPECT_EQ(with_carriage(0.0), Codec::none);
  EXPECT_EQ(with_carriage(0.4), Codec::none);
  EXPECT_EQ(with_carriage(4.0), Codec::lz4);
  EXPECT_EQ(with_carriage(40.0), Codec::zstd1);
}

TEST(CodecChooser, WhatDoesNotShrinkIsLeftAsItIs) {
  CodecChooser chooser = chooser_at(1000_Mbit, Line::empty);
  EXPECT_NE(chooser.best(), Codec::none);
  for (int round = 0; round < 200; ++round) {
    chooser.observe_plan(MiB(1), MiB(1), Bytes(0), from_seconds(1e-3));
    const Codec codec = chooser.choose();
    observe(chooser, codec, codec == Codec::none ? 6e9 : 0.5e9, 1.001);
  }
  EXPECT_EQ(chooser.best(), Codec::none);
}

// Batches of 1 MiB, by the usual figures, with one core and a line of 64 MiB before the link.
struct Copy {
  double time = 0;  // seconds
  std::array<int, codec_count> batches{};
  int with(Codec codec) const { return batches[static_cast<std::size_t>(codec)]; }
};
Copy copy(CodecChooser chooser, BitRate rate, int batches, const std::function<double(int)>& harder_to_shrink) {
  struct Usual {
    double speed, ratio;
  };
  const std::array<Usual, codec_count> usual{{{6.0e9, 1.0},
                                              {0.46e9, 2.2},
                                              {0.36e9, 2.95},
                                              {0.25e9, 3.03},
                                              {0.068e9, 3.19},
                                              {0.045e9, 3.22},
                                              {0.0055e9, 3.39},
                                              {0.0034e9, 3.43}}};
  const double bytes_per_second = static_cast<double>(rate.value) / 8;
  Copy result;
  double core = 0, link = 0;
  for (int i = 0; i < batches; ++i) {
    chooser.observe_line(Bytes(static_cast<std::uint64_t>(std::max(0.0, link - core) * bytes_per_second)), MiB(64));
    const Codec codec = chooser.choose();
    ++result.batches[static_cast<std::size_t>(codec)];
    const Usual& of = usual[static_cast<std::size_t>(codec)];
    const double ratio = std::max(1.0, of.ratio / harder_to_shrink(i));
    core += 1048576 / of.speed;
    link = std::max(link, core) + 1048576 / ratio / bytes_per_second;
    core = std::max(core, link - 67108864 / bytes_per_second);  // waits for room
    chooser.observe_codec(codec, MiB(1), Bytes(static_cast<std::uint64_t>(1048576 / ratio)),
                          from_seconds(1048576 / of.speed));
  }
  result.time = link;
  return result;
}

// One core at 10 Gbit/s: without a codec it is idle most of the time, with one the link is.
TEST(CodecChooser, CodecsTakeTurnsWhereNoneKeepsBothBusy) {
  const Copy mixed = copy(chooser_at(10'000_Mbit, Line::empty), 10'000_Mbit, 1000, [](int) { return 1.0; });
  EXPECT_GT(mixed.with(Codec::none), 200);
  EXPECT_GT(1000 - mixed.with(Codec::none), 200);
  const double with_none = 1000 * 1048576 / 1.25e9, with_lz4 = 1000 * 1048576 / 0.46e9;
  EXPECT_LT(mixed.time, 0.88 * std::min(with_none, with_lz4));
}

// What is hard on the link goes on its way while the core works on what is hard on the core.
TEST(CodecChooser, TheLineCarriesOverBetweenContents) {
  const auto alternating = [](int i) { return i / 8 % 2 == 0 ? 0.5 : 2.0; };  // 8 MiB each
  const Copy chosen = copy(chooser_at(1000_Mbit, Line::empty), 1000_Mbit, 800, alternating);
  const double link_of_zstd1 = 400 * 1048576 / 125e6 * (1 / 5.8 + 1 / 1.45), core_of_zstd1 = 800 * 1048576 / 0.36e9;
  EXPECT_LT(chosen.time, 1.06 * std::max(link_of_zstd1, core_of_zstd1));
}

TEST(CodecChooser, ComparesRivalsNowAndThenButNeverHopelessOnes) {
  CodecChooser chooser = chooser_at(1000_Mbit, Line::empty);
  int trials = 0;
  for (int i = 0; i < 1920; ++i) {
    chooser.choose();
    const auto trial = chooser.trial();
    if (!trial) continue;
    ++trials;
    EXPECT_EQ(trial->used, chooser.best());
    EXPECT_NE(trial->rival, trial->used);
    EXPECT_LT(trial->rival, Codec::zstd9);  // a tenth of the best's speed
  }
  EXPECT_EQ(trials, 11);  // one at the beginning
}

TEST(CodecChooser, ComparesOftenWhatTheCoresHaveTimeFor) {
  CodecChooser chooser({.cores = 8, .strongest = Codec::zstd9});
  chooser.observe_link(100_Mbit);
  chooser.observe_line(MiB(64), MiB(64));
  int trials = 0;
  for (int i = 0; i < 64; ++i) {
    chooser.choose();
    trials += chooser.trial() ? 1 : 0;
  }
  EXPECT_EQ(trials, 8);
}

TEST(CodecChooser, ARivalThatIsBetterOnTheSameContentsIsTaken) {
  CodecChooser chooser = chooser_at(2000_Mbit, Line::full);
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
  CodecChooser chooser = chooser_at(400_Mbit, Line::full);
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
  EXPECT_GT(alone, 0.5e9);
  EXPECT_LT(with_as_much, 0.22e9);
}

// Contents on which everything is fast and small say nothing for one codec against another.
TEST(CodecChooser, OddContentsDoNotSpeakForWhatWasTriedOnThem) {
  CodecChooser chooser = chooser_at(100_Mbit, Line::full);
  const Codec best = chooser.best();
  for (int i = 0; i < 20; ++i) {
    observe(chooser, best, 0.045e9, 3.22);
    chooser.observe_trial({best, Codec::zstd1}, MiB(1), made(0.5e9, 40), made(2.6e9, 36),
                          from_seconds(1048576 / 0.045e9));
  }
  EXPECT_EQ(chooser.best(), best);
}

// Who cannot give two codecs the same bytes sends now and then what a rival made.
TEST(CodecChooser, TrialsMayBeSent) {
  CodecChooser chooser({.trials_are_sent = true});
  chooser.observe_link(1000_Mbit);
  int others = 0;
  for (int i = 0; i < 1920; ++i) others += chooser.choose() == Codec::zstd3 ? 1 : 0;
  EXPECT_GT(others, 2);
  EXPECT_EQ(chooser.trial(), std::nullopt);
  const BitRate before = chooser.expected(Codec::zstd3);
  for (int i = 0; i < 40; ++i) observe(chooser, Codec::zstd3, 0.5e9, 6.0);
  EXPECT_GT(chooser.expected(Codec::zstd3), before + before / 4);
}

TEST(CodecChooser, TheWindowIsForPathsThatAreSlowerThanItsSearch) {
  EXPECT_TRUE(CodecChooser(CodecChooserConfig{}).window_pays());
  EXPECT_TRUE(chooser_at(100_Mbit, Line::full).window_pays());
  EXPECT_FALSE(chooser_at(100'000_Mbit, Line::empty).window_pays());
  const auto after = [](BitRate rate, Line line, std::uint64_t matched_kib, double speed) {
    CodecChooser chooser = chooser_at(rate, line);
    for (int i = 0; i < 100; ++i) chooser.observe_plan(MiB(1), MiB(1), KiB(matched_kib), from_seconds(1048576 / speed));
    chooser.observe_link(rate);
    return chooser.window_pays();
  };
  EXPECT_TRUE(after(1000_Mbit, Line::empty, 300, 1.5e9));
  EXPECT_FALSE(after(1000_Mbit, Line::empty, 10, 0.3e9));  // the cores are what limits, and nothing is found
  EXPECT_TRUE(after(50_Mbit, Line::full, 100, 0.3e9));     // they wait for the link anyway
  // An empty window finds nothing, and fills.
  CodecChooser chooser = chooser_at(100_Mbit, Line::full);
  for (int i = 0; i < 30; ++i) chooser.observe_plan(MiB(1), MiB(1), Bytes(0), from_seconds(1e-3));
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
  CodecChooser chooser = chooser_at(100_Mbit, Line::full);
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
