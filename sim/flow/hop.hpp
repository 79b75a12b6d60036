// One direction of a link as the flow model sees it. The simulation's wire is one; tests have others.
#pragma once

#include <cstdint>

#include "engine/base/units.hpp"

namespace dwcp::sim::flow {

class Hop;

// Hears of what happens to a hop.
class HopObserver {
 public:
  virtual ~HopObserver() = default;
  // What waits for it and what is under way on it is lost; nothing passes until it is restored.
  virtual void hop_cut(const Hop& hop) = 0;
  virtual void hop_rate_changed(const Hop& hop) = 0;
  // What waits for it, as time.
  virtual Duration queueing(const Hop& hop) const = 0;
};

class Hop {
 public:
  virtual ~Hop() = default;
  // The same for the whole run; those of one world count from 0.
  virtual std::uint32_t index() const = 0;
  virtual BitRate capacity() const = 0;  // > 0, of IP packets
  virtual bool is_cut() const = 0;
  // When it was cut last; TimePoint::min(): never.
  virtual TimePoint last_cut() const = 0;
  // Of propagation, at this time, which does not go back from one call to the next.
  virtual Duration propagation(TimePoint now) = 0;
  virtual Duration propagation_mean() const = 0;
  // The most that may wait; what does not fit is dropped.
  virtual Bytes queue_limit() const = 0;
  // How many of so many packets in a row are lost, drawn from the hop's seed.
  virtual std::uint64_t losses_among(std::uint64_t packets) = 0;
  // For the hop's counters and the run's trace.
  virtual void count_delivered(std::uint64_t packets, Bytes size) = 0;
  virtual void count_lost(std::uint64_t packets) = 0;
  virtual void count_overflow(std::uint64_t packets) = 0;
  virtual void count_cut(std::uint64_t packets) = 0;
  virtual void count_queue(Bytes longest) = 0;
};

}  // namespace dwcp::sim::flow
