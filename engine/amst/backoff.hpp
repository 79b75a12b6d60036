// Pauses between attempts: doubled each time, with jitter, so that many peers do not come back in step.
#pragma once

#include <algorithm>

#include "engine/base/random.hpp"

namespace dwcp::amst {

class Backoff {
 public:
  // 0 < shortest <= longest.
  Backoff(Duration shortest, Duration longest) : shortest_(shortest), longest_(longest), next_(shortest) {}
  // Between half and the whole of the present pause.
  Duration next(Random& random) {
    const Duration pause = random.between(next_ / 2, next_);
    next_ = std::min(longest_, 2 * next_);
    return pause;
  }
  void reset() { next_ = shortest_; }

 private:
  Duration shortest_, longest_, next_;
};

}  // namespace dwcp::amst
