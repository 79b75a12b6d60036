// One simulation per operating-system process, since ns-3's state is global: a function runs in a forked child, and its
// result comes back as bytes. So seeds can run one after the other or side by side.
//
// The caller has one thread. The child begins as a copy of the caller and ends without the caller's exit handlers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::sim {

using IsolatedFunction = std::function<ByteVector()>;

struct IsolatedResult {
  enum class End {
    returned,   // `bytes` is what the function returned
    threw,      // `detail` is what()
    crashed,    // killed by a signal, aborted, or a sanitizer's finding; `detail` names it
    timed_out,  // the wall-time limit; the child was killed
  };
  End end = End::crashed;
  ByteVector bytes;
  std::string detail;
  double wall_seconds = 0;
};

// Bytes of a result beyond which it counts as crashed.
constexpr Bytes isolated_result_max = MiB(256);

// Throws Error(internal) when no child can be made.
IsolatedResult run_isolated(const IsolatedFunction& function, Duration wall_limit);

// Runs function(0) ... function(count - 1), at most `jobs` (>= 1) at a time. `done` is called here as each one ends, in
// the order of ending; when it returns false nothing more is started, and what runs is ended.
void run_isolated(std::size_t count, unsigned jobs, Duration wall_limit,
                  const std::function<ByteVector(std::size_t)>& function,
                  const std::function<bool(std::size_t, IsolatedResult)>& done);

std::string to_string(IsolatedResult::End end);

}  // namespace dwcp::sim
