#include "engine/migration/switchover_cost.hpp"

#include <algorithm>

namespace dwcp::migration {
namespace {

// What is wrong with one prediction is in part that path's, and that moment's.
constexpr int share_learned = 2;                            // of the error, as a divisor
constexpr Duration most = std::chrono::milliseconds(1000);  // more would be no hypervisor's doing

}  // namespace

void SwitchoverCost::observe(Duration predicted, Duration happened) {
  expected_ = std::clamp(expected_ + (happened - predicted) / share_learned, Duration(0), most);
}

}  // namespace dwcp::migration
