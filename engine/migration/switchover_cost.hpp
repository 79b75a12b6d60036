// What a switchover takes besides pages and the path: the hypervisors stop the guest, save its devices, load them and
// let it run. It depends on hosts and guests more than on anything that can be known before, so it is learned.
#pragma once

#include "engine/base/units.hpp"

namespace dwcp::migration {

class SwitchoverCost {
 public:
  // `typical` of this kind of hypervisor, until a switchover was seen.
  explicit SwitchoverCost(Duration typical) : expected_(typical) {}
  Duration expected() const { return expected_; }
  // A guest that was expected to stand still for `predicted`, of which expected() was a part, did so for `happened`.
  void observe(Duration predicted, Duration happened);

 private:
  Duration expected_;  // 0 .. 1 s
};

}  // namespace dwcp::migration
