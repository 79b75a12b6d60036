// How a running guest writes to its memory, as a function of time: no event per page. Deterministic from its seed and
// the times at which it is asked.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/base/random.hpp"
#include "hypervisor/model/content.hpp"
#include "hypervisor/model/dirty_trace.hpp"
#include "hypervisor/model/zipf.hpp"

namespace dwcp::model {

enum class DirtyPattern { none, constant, bursty, sinusoidal, zipf, trace };
//   constant    evenly in time and over the working set
//   bursty      in the first `burst` of each period only, evenly over the working set
//   sinusoidal  the rate swings between 0 and twice its mean, evenly over the working set
//   zipf        evenly in time; few pages often, many rarely
//   trace       what a real guest wrote, again and again

struct DirtyProfile {
  DirtyPattern pattern = DirtyPattern::none;
  BitRate rate{0};              // of whole pages, as a mean over time
  Bytes working_set = MiB(64);  // the part of RAM that is written; larger than RAM means all of it
  Duration period = std::chrono::seconds(2);
  double burst = 0.25;    // in (0, 1]
  double exponent = 1.0;  // 0..4
  // Of `trace`, which takes nothing else of these; pages beyond the guest's RAM are taken modulo its size.
  std::shared_ptr<const DirtyTrace> trace = {};

  // Errors: bad_value, naming the field.
  Result<void> check() const;
};

class Dirtying {
 public:
  // A page is drawn at most this often, as a mean over the working set, in one take(): an interval so long writes
  // everything anyway.
  static constexpr std::uint64_t draws_per_page_max = 8;

  // Precondition: profile.check(). The working set lies in frames [0, ram_pages).
  Dirtying(const DirtyProfile& profile, std::uint64_t ram_pages, std::uint64_t seed);

  // The guest ran from `from` to `to` with `speed` (0..1) of its vCPU time.
  void run(TimePoint from, TimePoint to, double speed);
  // The pages written since the last call, in the order of writing; a page may come more than once. The next call
  // invalidates it.
  const std::vector<Frame>& take();
  // The guest writes at all.
  bool active() const { return writes_per_second_ > 0 || profile_.trace; }

 private:
  double writes_until(double second) const;  // since time 0 at full speed
  Frame draw();
  void replay();

  DirtyProfile profile_;
  double writes_per_second_ = 0;
  std::uint64_t first_ = 0, pages_ = 0;  // the working set
  std::uint64_t stride_ = 1;             // spreads Zipf's ranks over it
  std::optional<Zipf> zipf_;
  Random random_;
  double pending_ = 0;
  std::uint64_t ram_pages_;
  Duration guest_time_{0};      // of `trace`
  std::uint64_t replayed_ = 0;  // pages of it
  std::vector<Frame> taken_;
};

}  // namespace dwcp::model
