#include "scenarios/runner/sim_links.hpp"

namespace dwcp::scenarios {

sim::LossOptions loss_of(Fraction loss, double burst) {
  if (loss.value == 0) return sim::LossOptions::none();
  return burst > 1 ? sim::LossOptions::bursty(loss.value, burst) : sim::LossOptions::independent(loss.value);
}

sim::WireOptions wire_of(const Link& link) {
  return {.rate = link.rate,
          .delay = link.delay,
          .jitter = link.jitter,
          .loss = loss_of(link.loss, link.loss_burst),
          .disorder = {.duplicate = link.duplicate.value, .reorder = link.reorder.value, .corrupt = link.corrupt.value},
          .queue = link.queue.value_or(Bytes(0))};
}

}  // namespace dwcp::scenarios
