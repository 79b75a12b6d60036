#include "scenarios/runner/resident.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace dwcp::scenarios {
namespace {

constexpr Duration sample_every = std::chrono::hours(1);

// From /proc/self/statm: pages in all, then those in memory.
Bytes resident_now() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return Bytes(resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

}  // namespace

void Resident::look(Duration now) {
  if (now < next_) return;
  next_ = now + sample_every;
  const Bytes bytes = resident_now();
  peak_ = std::max(peak_, bytes);
  samples_.push_back({now, bytes});
}

double Resident::slope_bytes_per_hour() const {
  if (samples_.size() < 3) return 0;
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 1; i < samples_.size(); ++i) {
    const double hours = to_seconds(samples_[i].time) / 3600, bytes = static_cast<double>(samples_[i].bytes.value);
    n += 1;
    x += hours;
    y += bytes;
    xx += hours * hours;
    xy += hours * bytes;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

}  // namespace dwcp::scenarios
