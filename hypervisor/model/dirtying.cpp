#include "hypervisor/model/dirtying.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace dwcp::model {

Result<void> DirtyProfile::check() const {
  const auto bad = [](std::string what) { return Failure(Errc::bad_value, "dirty profile: " + std::move(what)); };
  if (pattern == DirtyPattern::none) return {};
  if ((pattern == DirtyPattern::trace) != static_cast<bool>(trace)) return bad("the pattern trace goes with a trace");
  if (trace) return {};
  if (period <= Duration(0)) return bad("period " + to_string(period) + "; more than 0 would be right");
  if (!(burst > 0 && burst <= 1)) return bad("burst " + std::to_string(burst) + "; within (0, 1] would be right");
  if (!(exponent >= 0 && exponent <= 4)) return bad("exponent " + std::to_string(exponent) + "; 0 to 4 would be right");
  if (working_set < page_size) return bad("working set " + to_string(working_set) + "; at least a page would be right");
  return {};
}

Dirtying::Dirtying(const DirtyProfile& profile, std::uint64_t ram_pages, std::uint64_t seed)
    : profile_(profile), random_(seed, "model.dirtying"), ram_pages_(ram_pages) {
  pages_ = std::min(profile.working_set.value / page_size.value, ram_pages);
  if (profile.pattern == DirtyPattern::none || profile.trace || pages_ == 0) return;
  writes_per_second_ = static_cast<double>(profile.rate.value) / 8 / static_cast<double>(page_size.value);
  first_ = (ram_pages - pages_) / 2;
  if (profile.pattern == DirtyPattern::zipf) zipf_.emplace(pages_, profile.exponent);
  // About the golden section of the working set, and without a common divisor: a permutation of it.
  stride_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(pages_) * 0.618));
  while (std::gcd(stride_, pages_) != 1) ++stride_;
}

double Dirtying::writes_until(double second) const {
  const double period = to_seconds(profile_.period);
  switch (profile_.pattern) {
    case DirtyPattern::bursty: {
      const double periods = std::floor(second / period);
      const double within = second / period - periods;
      return writes_per_second_ * period * (periods + std::min(within / profile_.burst, 1.0));
    }
    case DirtyPattern::sinusoidal: {
      const double circle = 2 * std::numbers::pi / period;
      return writes_per_second_ * (second + (1 - std::cos(circle * second)) / circle);
    }
    default:
      return writes_per_second_ * second;
  }
}

void Dirtying::run(TimePoint from, TimePoint to, double speed) {
  if (!active() || to <= from) return;
  if (profile_.trace) {
    guest_time_ += Duration(std::llround(static_cast<double>((to - from).count()) * speed));
    return;
  }
  pending_ +=
      (writes_until(to_seconds(to.time_since_epoch())) - writes_until(to_seconds(from.time_since_epoch()))) * speed;
}

Frame Dirtying::draw() {
  const std::uint64_t place = zipf_ ? ((*zipf_)(random_)*stride_) % pages_ : random_.below(pages_);
  return Frame(first_ + place);
}

// What the guest would have written while nobody looked for longer than the trace lasts, is all of it.
void Dirtying::replay() {
  const DirtyTrace& trace = *profile_.trace;
  const std::uint64_t written = trace.written_by(guest_time_);
  if (written - replayed_ > trace.pages()) replayed_ = written - trace.pages();
  for (; replayed_ < written; ++replayed_) taken_.emplace_back(trace.page(replayed_) % ram_pages_);
}

const std::vector<Frame>& Dirtying::take() {
  taken_.clear();
  if (profile_.trace) {
    replay();
    return taken_;
  }
  const double whole = std::floor(pending_);
  pending_ -= whole;
  const double limit = static_cast<double>(pages_ * draws_per_page_max);
  const auto draws = static_cast<std::uint64_t>(std::min(whole, limit));
  taken_.reserve(draws);
  for (std::uint64_t i = 0; i < draws; ++i) taken_.push_back(draw());
  return taken_;
}

}  // namespace dwcp::model
