// Loss of packets on a link: independent, or in bursts (Gilbert 1960, Elliott 1963).
#pragma once

#include "engine/base/random.hpp"

namespace dwcp::sim {

// All probabilities are in [0, 1]. The default loses nothing.
struct LossOptions {
  double good = 0;         // loss probability of a packet in the good state, which is the initial one
  double bad = 0;          // in the bad state
  double good_to_bad = 0;  // chance of the change before each packet; 0: independent losses only
  double bad_to_good = 1;

  static LossOptions none() { return {}; }
  static LossOptions independent(double probability) { return {.good = probability}; }
  // Bursts of mean length `burst` packets (>= 1) in which everything is lost, `mean` of all packets in total (< 1).
  static LossOptions bursty(double mean, double burst);

  friend bool operator==(const LossOptions&, const LossOptions&) = default;
};

// Throws Error(bad_value) naming the probability that is none.
void check(const LossOptions&);
// Share of packets lost in the long run.
double mean_loss(const LossOptions&);

class LossProcess {
 public:
  void set(const LossOptions& options) { options_ = options; }
  const LossOptions& options() const { return options_; }
  // Whether the next packet is lost. Draws nothing while the options lose nothing.
  bool next(Random& random);

 private:
  LossOptions options_;
  bool bad_ = false;
};

}  // namespace dwcp::sim
