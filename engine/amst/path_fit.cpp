#include "engine/amst/path_fit.hpp"

#include <algorithm>
#include <bit>

namespace dwcp::amst {
namespace {

constexpr Duration chunk_time = std::chrono::milliseconds(20);
constexpr Duration look_again_min = std::chrono::milliseconds(1);
constexpr Duration look_again_max = std::chrono::milliseconds(100);
constexpr Bytes allowance_min = KiB(128);
constexpr Bytes chunk_min = KiB(16), chunk_fit_max = KiB(512);

}  // namespace

BitRate expected_rate(const platform::PathSample& sample) {
  if (sample.rtt_smoothed <= Duration(0)) return sample.delivery_rate;
  return std::max(sample.delivery_rate, rate_of(sample.congestion_window, sample.rtt_smoothed));
}

Bytes unsent_allowance(const platform::PathSample& sample) {
  return std::max(allowance_min, bytes_in(2 * chunk_time, expected_rate(sample)));
}

Duration commit_delay(const platform::PathSample& sample) {
  const Bytes allowed = unsent_allowance(sample);
  if (sample.unsent <= allowed) return Duration(0);
  const BitRate rate = expected_rate(sample);
  if (rate == BitRate(0)) return look_again_max;
  return std::clamp(transfer_time(sample.unsent - allowed, rate), look_again_min, look_again_max);
}

Bytes fitting_chunk(BitRate rate_of_one_stream, Bytes limit) {
  if (rate_of_one_stream == BitRate(0)) return std::min(chunk_fit_max, limit);
  const Bytes wanted(std::bit_floor(bytes_in(chunk_time, rate_of_one_stream).value));
  return std::min(std::clamp(wanted, chunk_min, chunk_fit_max), limit);
}

// Compared before it is subtracted: the peer may answer with any number.
std::optional<Duration> round_trip(TimePoint now, std::uint64_t sent_at, Duration limit) {
  const auto reading = static_cast<std::uint64_t>(now.time_since_epoch().count());
  if (sent_at > reading || reading - sent_at > static_cast<std::uint64_t>(limit.count())) return std::nullopt;
  return Duration(static_cast<Duration::rep>(reading - sent_at));
}

}  // namespace dwcp::amst
