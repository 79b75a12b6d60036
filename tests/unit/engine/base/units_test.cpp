#include "engine/base/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace dwcp {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ParseBytes, ReadsBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("0B").value(), Bytes(0));
  EXPECT_EQ(parse_bytes("4096B").value(), page_size);
  EXPECT_EQ(parse_bytes("1KiB").value(), KiB(1));
  EXPECT_EQ(parse_bytes("4GiB").value(), GiB(4));
  EXPECT_EQ(parse_bytes("1TiB").value(), GiB(1024));
  EXPECT_EQ(parse_bytes("1kB").value(), Bytes(1000));
  EXPECT_EQ(parse_bytes("5MB").value(), Bytes(5'000'000));
  EXPECT_EQ(parse_bytes("2GB").value(), Bytes(2'000'000'000));
  EXPECT_EQ(parse_bytes("1TB").value(), Bytes(1'000'000'000'000));
}

TEST(ParseBytes, TakesFractionsAndOneSpace) {
  EXPECT_EQ(parse_bytes("1.5GiB").value(), MiB(1536));
  EXPECT_EQ(parse_bytes("1.5 GiB").value(), MiB(1536));
  EXPECT_EQ(parse_bytes(".5KiB").value(), Bytes(512));
}

TEST(ParseBitRate, CountsBitsUnlessBytesAreWritten) {
  EXPECT_EQ(parse_bit_rate("9600bit/s").value(), BitRate(9600));
  EXPECT_EQ(parse_bit_rate("1Gbit/s").value(), BitRate(1'000'000'000));
  EXPECT_EQ(parse_bit_rate("2.5Gbit/s").value(), BitRate(2'500'000'000));
  EXPECT_EQ(parse_bit_rate("1Tbit/s").value(), BitRate(1'000'000'000'000));
  EXPECT_EQ(parse_bit_rate("1MB/s").value(), BitRate(8'000'000));
  EXPECT_EQ(parse_bit_rate("1MiB/s").value(), BitRate(8'388'608));
}

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("7ns").value(), 7ns);
  EXPECT_EQ(parse_duration("7us").value(), 7us);
  EXPECT_EQ(parse_duration("40ms").value(), 40ms);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("5min").value(), 5min);
  EXPECT_EQ(parse_duration("24h").value(), 24h);
}

struct Rejected {
  const char* text;
  Errc code;
  const char* reason;
};

class RejectedSize : public testing::TestWithParam<Rejected> {};

TEST_P(RejectedSize, NamesTextReasonAndRemedy) {
  const auto result = parse_bytes(GetParam().text);
  ASSERT_TRUE(result.has_error()) << GetParam().text << " was read as " << result->value;
  EXPECT_EQ(result.error().code, GetParam().code);
  EXPECT_THAT(result.error().message(), HasSubstr("size '" + std::string(GetParam().text) + "' " + GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, RejectedSize,
    testing::Values(Rejected{"4096", Errc::bad_unit, "has no unit; write one of B, KiB, MiB"},
                    Rejected{"4Gbit", Errc::bad_unit, "has the unknown unit 'Gbit'; write one of B, KiB"},
                    Rejected{"4gib", Errc::bad_unit, "has the unknown unit 'gib'"},
                    Rejected{"1GiB/s", Errc::bad_unit, "has the unknown unit 'GiB/s'"},
                    Rejected{"1GiB ", Errc::bad_unit, "has the unknown unit 'GiB '"},
                    Rejected{"", Errc::bad_value, "is not a number with a unit"},
                    Rejected{"GiB", Errc::bad_value, "is not a number with a unit (units: B, KiB"},
                    Rejected{"-1GiB", Errc::bad_value, "is not a number"},
                    Rejected{"1.2.3GiB", Errc::bad_value, "is not a number"},
                    Rejected{".GiB", Errc::bad_value, "is not a number"}, Rejected{" 1GiB", Errc::bad_value, "is not"},
                    Rejected{"99999999TiB", Errc::bad_value, "is too large"}));

TEST(ParseUnits, EachKindOffersItsOwnUnits) {
  EXPECT_THAT(parse_bit_rate("100").error().message(),
              HasSubstr("bad unit: rate '100' has no unit; write one of bit/s"));
  EXPECT_THAT(parse_duration("40").error().message(),
              HasSubstr("bad unit: duration '40' has no unit; write one of ns"));
  EXPECT_THAT(parse_duration("3000000h").error().message(), HasSubstr("is too large"));
}

TEST(PrintUnits, UsesThreeDigitsAndTheLargestUnitThatFits) {
  EXPECT_EQ(to_string(Bytes(0)), "0 B");
  EXPECT_EQ(to_string(Bytes(1023)), "1023 B");
  EXPECT_EQ(to_string(KiB(1)), "1 KiB");
  EXPECT_EQ(to_string(MiB(1536)), "1.50 GiB");
  EXPECT_EQ(to_string(Bytes(123'456'789)), "118 MiB");
  EXPECT_EQ(to_string(BitRate(940'000'000)), "940 Mbit/s");
  EXPECT_EQ(to_string(BitRate(12'345'000)), "12.3 Mbit/s");
  EXPECT_EQ(to_string(Duration(40ms)), "40 ms");
  EXPECT_EQ(to_string(Duration(90s)), "1.50 min");
  EXPECT_EQ(to_string(Duration(-40ms)), "-40 ms");
}

TEST(Rates, TransferTimeRateAndVolumeAgree) {
  EXPECT_EQ(transfer_time(Bytes(125'000'000), BitRate(1'000'000'000)), 1s);
  EXPECT_EQ(rate_of(Bytes(125'000'000), 1s), BitRate(1'000'000'000));
  EXPECT_EQ(bytes_in(1s, BitRate(1'000'000'000)), Bytes(125'000'000));
  EXPECT_EQ(transfer_time(Bytes(0), BitRate(1)), 0s);
}

TEST(Rates, NoTimeHasNoRate) {
  EXPECT_EQ(rate_of(GiB(1), Duration::zero()), BitRate(0));
  EXPECT_EQ(rate_of(GiB(1), Duration(-1s)), BitRate(0));
}

TEST(Seconds, RoundToTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(0.1), 100ms);
  EXPECT_EQ(from_seconds(1e-9), 1ns);
  EXPECT_EQ(from_seconds(1.6e-9), 2ns);
  EXPECT_DOUBLE_EQ(to_seconds(1500ms), 1.5);
}

// A rate must not pass where a size is meant, nor a bare number for either.
static_assert(!std::is_convertible_v<std::uint64_t, Bytes>);
static_assert(!std::is_convertible_v<Bytes, BitRate>);
static_assert(!std::is_convertible_v<VmId, NodeId>);

TEST(WholeNumber, IsTakenOnlyWhereADoubleIsExact) {
  EXPECT_EQ(whole_number(-3.0), -3);
  EXPECT_EQ(whole_number(0x1p53), std::int64_t{1} << 53);
  for (const double other :
       {0.5, 1e19, -1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(whole_number(other), std::nullopt) << other;
}

}  // namespace
}  // namespace dwcp
