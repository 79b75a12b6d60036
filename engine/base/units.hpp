// Strong types for sizes, rates, durations and identities, with parsing and printing of written units ("1Gbit/s",
// "40ms", "4GiB"). A bare integer never stands for any of them in an interface.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp {

// An unsigned 64-bit quantity whose tag keeps it from being mixed with another. Arithmetic stays within one type;
// ratios and scalings go through plain numbers explicitly.
template <class Tag>
struct Quantity {
  std::uint64_t value = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(std::uint64_t v) : value(v) {}

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value + b.value); }
  // Precondition: a >= b.
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value - b.value); }
  friend constexpr Quantity operator*(Quantity a, std::uint64_t k) { return Quantity(a.value * k); }
  friend constexpr Quantity operator/(Quantity a, std::uint64_t k) { return Quantity(a.value / k); }
  constexpr Quantity& operator+=(Quantity b) {
    value += b.value;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity b) {
    value -= b.value;
    return *this;
  }
  constexpr Quantity& operator++() {
    ++value;
    return *this;
  }
};

using Bytes = Quantity<struct BytesTag>;          // a size, in bytes
using BitRate = Quantity<struct BitRateTag>;      // bits per second; 0 means "not limited" only where said
using PageIndex = Quantity<struct PageIndexTag>;  // number of a 4 KiB page within its RAM block
using Version = Quantity<struct VersionTag>;      // of one page, counted by the source from 1
using Epoch = Quantity<struct EpochTag>;          // of a VM's ownership; grows with every hand-over

using Duration = std::chrono::nanoseconds;

// Time on a Platform's monotonic clock. It has no now(): only the Platform knows the time.
struct PlatformClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<PlatformClock, Duration>;
  static constexpr bool is_steady = true;
};
using TimePoint = PlatformClock::time_point;

constexpr Bytes KiB(std::uint64_t n) { return Bytes(n << 10); }
constexpr Bytes MiB(std::uint64_t n) { return Bytes(n << 20); }
constexpr Bytes GiB(std::uint64_t n) { return Bytes(n << 30); }
constexpr Bytes page_size{4096};

constexpr double to_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
// Rounds to the nearest nanosecond. Range: |s| < 9.2e9.
Duration from_seconds(double s);

// `number` as an integer, where it is one that a double tells apart from its neighbours (|number| <= 2^53).
std::optional<std::int64_t> whole_number(double number);

// Time that `size` takes at `rate`. Precondition: rate > 0.
Duration transfer_time(Bytes size, BitRate rate);
// Mean rate of `size` over `time`; 0 when time <= 0.
BitRate rate_of(Bytes size, Duration time);
// Bytes that pass in `time` at `rate`.
Bytes bytes_in(Duration time, BitRate rate);

// Parsing. A number without a unit is an error that names the text and the units that would be right.
//   sizes: B, KiB, MiB, GiB, TiB, kB, MB, GB, TB        rates: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, MB/s, GB/s,
//   MiB/s, GiB/s durations: ns, us, ms, s, min, h
// Fractions are taken ("1.5Gbit/s"); negative values are errors.
Result<Bytes> parse_bytes(std::string_view text);
Result<BitRate> parse_bit_rate(std::string_view text);
Result<Duration> parse_duration(std::string_view text);

// Printing, three significant digits, with the largest fitting unit: "1.5 GiB", "940 Mbit/s", "40 ms".
std::string to_string(Bytes);
std::string to_string(BitRate);
std::string to_string(Duration);

// Names of things that people name. Not interchangeable.
template <class Tag>
struct Name {
  std::string text;
  Name() = default;
  explicit Name(std::string t) : text(std::move(t)) {}
  friend auto operator<=>(const Name&, const Name&) = default;
};
using VmId = Name<struct VmIdTag>;      // unique in a cluster
using NodeId = Name<struct NodeIdTag>;  // unique in a cluster

}  // namespace dwcp
