#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "engine/base/checksum.hpp"
#include "engine/base/random.hpp"
#include "engine/base/units.hpp"

namespace dwcp {
namespace {

ByteVector to_bytes(const std::vector<std::uint8_t>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

RC_GTEST_PROP(Crc32c, JoinsAtAnySplit, (const std::vector<std::uint8_t>& values, std::uint32_t seed)) {
  const ByteVector bytes = to_bytes(values);
  const ByteSpan all(bytes);
  const auto split = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  RC_ASSERT(crc32c(all.subspan(split), crc32c(all.first(split), seed)) == crc32c_portable(all, seed));
}

// Lengths that reach the three-lane loop several times, which small generated vectors do not.
RC_GTEST_PROP(Crc32c, ProcessorAndTableAgreeOnLongInput, (std::uint64_t seed)) {
  Random random(seed);
  ByteVector bytes(*rc::gen::inRange<std::size_t>(3000, 20'000));
  for (auto& b : bytes) b = static_cast<std::byte>(random() & 0xff);
  RC_ASSERT(crc32c(bytes) == crc32c_portable(bytes));
}

RC_GTEST_PROP(Fields, ForeignBytesNeverReadPastTheEnd, (const std::vector<std::uint8_t>& values)) {
  const ByteVector bytes = to_bytes(values);
  FieldReader reader(bytes);
  std::size_t consumed = 0;
  while (reader.ok() && !reader.at_end()) {
    const std::size_t before = reader.rest().size();
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        reader.get<std::uint8_t>();
        break;
      case 1:
        reader.get<std::uint64_t>();
        break;
      case 2:
        reader.get_text();
        break;
      default:
        reader.get_bytes(*rc::gen::inRange<std::size_t>(1, 64));
    }
    if (reader.ok()) consumed += before - reader.rest().size();
  }
  RC_ASSERT(consumed <= bytes.size());
}

RC_GTEST_PROP(Units, AnyTextIsReadOrRefusedWithItsOwnWords, (const std::string& text)) {
  const auto result = parse_bytes(text);
  if (result.has_error()) RC_ASSERT(result.error().detail.find("size '" + text + "' ") == 0);
}

RC_GTEST_PROP(Units, WholeBytesComeBackExactly, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 53);
  RC_ASSERT(parse_bytes(std::to_string(size) + "B").value() == Bytes(size));
}

// Three significant digits: what is printed differs from the value by at most half a unit of the third digit.
RC_GTEST_PROP(Units, PrintedTextReadsBackWithinHalfAPercent, ()) {
  const auto rate = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000'000);
  const auto read = parse_bit_rate(to_string(BitRate(rate))).value();
  RC_ASSERT(std::abs(static_cast<double>(read.value) - static_cast<double>(rate)) <=
            0.5 + 0.005 * static_cast<double>(rate));
}

RC_GTEST_PROP(Units, PrintingTakesAtMostSevenDigitsAndAUnit, (std::uint64_t value)) {
  RC_ASSERT(to_string(Bytes(value)).size() <= 13);
  RC_ASSERT(to_string(BitRate(value)).size() <= 18);
}

RC_GTEST_PROP(Rates, TimeAndVolumeAreInverse, ()) {
  const Bytes size(*rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 40));
  const BitRate rate(*rc::gen::inRange<std::uint64_t>(1'000'000, 100'000'000'000));
  const auto again = bytes_in(transfer_time(size, rate), rate);
  const double tolerance = 2 + static_cast<double>(rate.value) / 8e9;  // one nanosecond at that rate
  RC_ASSERT(std::abs(static_cast<double>(again.value) - static_cast<double>(size.value)) <= tolerance);
}

RC_GTEST_PROP(Random, BelowStaysBelow, (std::uint64_t seed)) {
  const auto bound = *rc::gen::inRange<std::uint64_t>(1, ~std::uint64_t{0});
  Random random(seed);
  for (int i = 0; i < 20; ++i) RC_ASSERT(random.below(bound) < bound);
}

}  // namespace
}  // namespace dwcp
