// A modelled guest on one host: which version each page of its memory has, and the running of its vCPUs.
#pragma once

#include <vector>

#include "hypervisor/model/blueprint.hpp"

namespace dwcp::model {

class Guest {
 public:
  // Paused. `seed` of its writes: differs from host to host, so that a guest that ran in two places would show.
  Guest(std::shared_ptr<const Blueprint> blueprint, std::uint64_t seed);

  const Blueprint& blueprint() const { return *blueprint_; }

  // `now` never decreases from call to call, of all functions here.
  void run(TimePoint now);
  void pause(TimePoint now);
  // The guest loses `percent` (0..99) of its vCPU time from now on.
  void throttle(TimePoint now, unsigned percent);
  bool running() const { return running_; }
  unsigned throttle_percent() const { return throttle_percent_; }
  bool writes() const { return dirtying_.active(); }

  // Brings the memory up to `now`. Returns how many pages became dirty that were not (0 without dirty tracking).
  std::uint64_t sync(TimePoint now);

  // Of the last sync().
  std::uint32_t version(Frame frame) const { return versions_[frame.value]; }
  const std::vector<std::uint32_t>& versions() const { return versions_; }
  // Replaces all versions: the guest was loaded. Precondition: as many as frames.
  void load(std::vector<std::uint32_t> versions);
  std::uint64_t writes_made() const { return writes_made_; }

  // Dirty tracking, as a hypervisor's dirty bitmap: beginning it makes all frames dirty.
  void track();
  void stop_tracking();
  std::uint64_t dirty_frames() const { return dirty_count_; }
  // The first dirty frame at or after `from`, made clean; frames() when there is none.
  Frame next_dirty(Frame from);

 private:
  std::shared_ptr<const Blueprint> blueprint_;
  Dirtying dirtying_;
  std::vector<std::uint32_t> versions_;
  std::vector<std::uint64_t> dirty_;  // one bit for each frame; empty without tracking
  std::uint64_t dirty_count_ = 0;
  std::uint64_t writes_made_ = 0;
  bool running_ = false;
  unsigned throttle_percent_ = 0;
  TimePoint ran_until_{};

  void advance(TimePoint now);
};

}  // namespace dwcp::model
