// In a build without ns-3.
#include "scenarios/runner/simulated.hpp"

namespace dwcp::scenarios {

bool has_simulator() { return false; }

reports::Result run_simulated(const Job&, const OnProgress&) {
  throw Error(Errc::bad_configuration, "this build has no simulator (ns-3 was not found); take `--set world=live`");
}

}  // namespace dwcp::scenarios
