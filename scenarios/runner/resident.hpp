// How the memory of this process grows over virtual time: a soak is over when it is flat, not when it did not fail.
#pragma once

#include <vector>

#include "engine/base/units.hpp"
#include "reports/result.hpp"

namespace dwcp::scenarios {

class Resident {
 public:
  // Takes a sample when an hour of virtual time has passed since the last.
  void look(Duration now);
  // By least squares over all samples but the first, which still fills caches; 0 with fewer than three.
  double slope_bytes_per_hour() const;
  Bytes peak() const { return peak_; }
  const std::vector<reports::ResidentSample>& samples() const { return samples_; }

 private:
  std::vector<reports::ResidentSample> samples_;
  Duration next_{0};
  Bytes peak_{0};
};

}  // namespace dwcp::scenarios
