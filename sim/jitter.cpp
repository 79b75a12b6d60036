#include "sim/jitter.hpp"

#include <algorithm>

namespace dwcp::sim {

// Points four amplitudes apart bound the slope to one half: the delay never falls as fast as time passes, so that
// jitter alone reorders nothing.
void Jitter::set(Duration amplitude) {
  amplitude_ = amplitude;
  step_ = std::max(step_min, 4 * amplitude);
  from_ = std::clamp(from_, -amplitude, amplitude);
  to_ = std::clamp(to_, -amplitude, amplitude);
}

Duration Jitter::at(TimePoint t, Random& random) {
  if (amplitude_ == Duration::zero()) return Duration::zero();
  const auto draw = [&] { return random.between(-amplitude_, amplitude_); };
  if (t - begin_ >= 2 * step_) {  // idle for so long that the past does not matter
    begin_ = t;
    from_ = draw();
    to_ = draw();
  }
  if (t - begin_ >= step_) {
    begin_ += step_;
    from_ = to_;
    to_ = draw();
  }
  const double share = static_cast<double>((t - begin_).count()) / static_cast<double>(step_.count());
  return from_ + Duration(static_cast<std::int64_t>(share * static_cast<double>((to_ - from_).count())));
}

}  // namespace dwcp::sim
