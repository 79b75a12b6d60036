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

TEST(CodecChooser, SlowLinksGetStrongCodecsAndFastLinksNone) {
  EXPECT_EQ(chooser_at(20_Mbit).best(), Codec::zstd9);
  EXPECT_EQ(chooser_at(400_Mbit).best(), Codec::zstd3);
  EXPECT_EQ(chooser_at(1000_Mbit).best(), Codec::zstd1);
  EXPECT_EQ(chooser_at(2500_Mbit).best(), Codec::lz4);
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

TEST(CodecChooser, MeasurementsOverruleTheUsual) {
  CodecChooser chooser = chooser_at(1000_Mbit);
  EXPECT_EQ(chooser.best(), Codec::zstd1);
  for (int round = 0; round < 20; ++round) {
    observe(chooser, Codec::none, 6e9, 1.0);
    for (const Codec codec : {Codec::lz4, Codec::zstd1, Codec::zstd3, Codec::zstd9})
      observe(chooser, codec, 0.5e9, 1.01);
  }
  EXPECT_EQ(chooser.best(), Codec::none);  // nothing shrinks, and the link is slower than any codec: the lightest
}

// A heavier codec has to promise 3 % more than the one in use.
TEST(CodecChooser, AWinnerMustWinClearly) {
  const auto after = [](double zstd_ratio) {
    CodecChooser chooser(CodecChooserConfig{.memory = GiB(64), .strongest = Codec::zstd1});
    chooser.observe_link(1000_Mbit);
    observe(chooser, Codec::zstd1, 1e9, 1.9, 50);
    observe(chooser, Codec::lz4, 1e9, 2.0, 50);
    EXPECT_EQ(chooser.best(), Codec::lz4);
    observe(chooser, Codec::zstd1, 1e9, zstd_ratio, 1000);
    return chooser.best();
  };
  EXPECT_EQ(after(2.05), Codec::lz4);
  EXPECT_EQ(after(2.25), Codec::zstd1);
}

TEST(CodecChooser, TriesRivalsNowAndThenButNeverHopelessOnes) {
  CodecChooser chooser = chooser_at(1000_Mbit);
  int probes = 0;
  for (int i = 0; i < 640; ++i) {
    const Codec codec = chooser.choose();
    EXPECT_NE(codec, Codec::zstd9);  // a tenth of the best's speed
    probes += codec == chooser.best() ? 0 : 1;
  }
  EXPECT_EQ(probes, 10);
}

// On a path that is slower than the cores, contents differ from one stretch of memory to the next, and what a rival
// made of another stretch says little: it is tried often, because that costs nothing.
TEST(CodecChooser, TriesOftenWhatTheCoresHaveTimeFor) {
  CodecChooser chooser = chooser_at(100_Mbit, 4);
  for (const Codec codec : {Codec::zstd1, Codec::zstd3, Codec::zstd9}) observe(chooser, codec, 0.2e9, 2.7, 20);
  int probes = 0;
  for (int i = 0; i < 64; ++i) {
    const Codec codec = chooser.choose();
    EXPECT_NE(codec, Codec::none);  // as fast, and 2.7 times the bytes
    probes += codec == chooser.best() ? 0 : 1;
  }
  EXPECT_EQ(probes, 8);
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
  observe(chooser, Codec::zstd1, 0.36e9, 7.0, 20);
  EXPECT_EQ(chooser.best(), Codec::zstd3);
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
