#include "engine/base/units.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace dwcp {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 9> size_units{{{"B", 1},
                                          {"KiB", 1024.0},
                                          {"MiB", 1048576.0},
                                          {"GiB", 1073741824.0},
                                          {"TiB", 1099511627776.0},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"TB", 1e12}}};
constexpr std::array<Unit, 10> rate_units{{{"bit/s", 1},
                                           {"kbit/s", 1e3},
                                           {"Mbit/s", 1e6},
                                           {"Gbit/s", 1e9},
                                           {"Tbit/s", 1e12},
                                           {"B/s", 8},
                                           {"MB/s", 8e6},
                                           {"GB/s", 8e9},
                                           {"MiB/s", 8 * 1048576.0},
                                           {"GiB/s", 8 * 1073741824.0}}};
constexpr std::array<Unit, 6> time_units{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};

std::string names_of(std::span<const Unit> units) {
  std::string text;
  for (const auto& unit : units) text += (text.empty() ? "" : ", ") + std::string(unit.name);
  return text;
}

Result<std::uint64_t> parse(std::string_view text, std::string_view what, std::span<const Unit> units,
                            double upper_bound) {
  const auto bad = [&](Errc code, const std::string& why) {
    return Failure(code, std::string(what) + " '" + std::string(text) + "' " + why);
  };
  const std::size_t end_of_number = text.find_first_not_of("0123456789.");
  const std::string number(text.substr(0, end_of_number));
  if (number.empty() || number == "." || number.find('.') != number.rfind('.'))
    return bad(Errc::bad_value, "is not a number with a unit (units: " + names_of(units) + ")");
  if (end_of_number == std::string_view::npos)
    return bad(Errc::bad_unit, "has no unit; write one of " + names_of(units));
  std::string_view unit = text.substr(end_of_number);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const auto& candidate : units) {
    if (candidate.name != unit) continue;
    const double value = std::strtod(number.c_str(), nullptr) * candidate.factor;
    if (!(value < upper_bound)) return bad(Errc::bad_value, "is too large");
    return static_cast<std::uint64_t>(std::llround(value));
  }
  return bad(Errc::bad_unit, "has the unknown unit '" + std::string(unit) + "'; write one of " + names_of(units));
}

std::string three_digits(double value, std::string_view unit) {
  char text[64];
  const int decimals = value >= 99.95 || value == std::floor(value) ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f %.*s", decimals, value, static_cast<int>(unit.size()), unit.data());
  return text;
}

std::string print(double value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const auto& unit : units)
    if (value >= unit.factor) best = &unit;
  return three_digits(value / best->factor, best->name);
}

}  // namespace

std::optional<std::int64_t> whole_number(double number) {
  if (!(std::abs(number) <= 0x1p53) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Duration from_seconds(double s) { return Duration(std::llround(s * 1e9)); }

Duration transfer_time(Bytes size, BitRate rate) {
  return Duration(std::llround(static_cast<double>(size.value) * 8e9 / static_cast<double>(rate.value)));
}

BitRate rate_of(Bytes size, Duration time) {
  if (time <= Duration::zero()) return BitRate(0);
  return BitRate(static_cast<std::uint64_t>(static_cast<double>(size.value) * 8e9 / static_cast<double>(time.count())));
}

Bytes bytes_in(Duration time, BitRate rate) {
  return Bytes(static_cast<std::uint64_t>(static_cast<double>(rate.value) * to_seconds(time) / 8));
}

Result<Bytes> parse_bytes(std::string_view text) {
  auto value = parse(text, "size", size_units, 9.2e18);
  if (!value) return value.error();
  return Bytes(*value);
}

Result<BitRate> parse_bit_rate(std::string_view text) {
  auto value = parse(text, "rate", rate_units, 9.2e18);
  if (!value) return value.error();
  return BitRate(*value);
}

Result<Duration> parse_duration(std::string_view text) {
  auto value = parse(text, "duration", time_units, 9.2e18);
  if (!value) return value.error();
  return Duration(static_cast<std::int64_t>(*value));
}

std::string to_string(Bytes size) { return print(static_cast<double>(size.value), std::span(size_units).first(5)); }
std::string to_string(BitRate rate) { return print(static_cast<double>(rate.value), std::span(rate_units).first(5)); }
std::string to_string(Duration d) {
  const auto ns = static_cast<double>(d.count());
  return d < Duration::zero() ? "-" + print(-ns, time_units) : print(ns, time_units);
}

}  // namespace dwcp
