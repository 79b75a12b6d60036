// The time line of one simulated run: its links, migrations and streams, when the job asks for it.
#pragma once

#include <vector>

#include "scenarios/runner/experiment.hpp"
#include "scenarios/runner/job.hpp"
#include "scenarios/runner/link_series.hpp"

namespace dwcp::scenarios {

class SimSeries {
 public:
  // The job outlives this.
  explicit SimSeries(const Job& job) : job_(job) {}

  // `links`: those of the scenario, in its order. They are looked at with each look(), and the experiment's progress as
  // it is told; this outlives the experiment.
  void watch(const std::vector<sim::Link*>& links, Experiment& experiment);
  void look(Duration now) { links_.look(now); }
  // The run is over: writes timeline.json. Throws Error(storage_failed) naming it.
  void write(Duration now);

 private:
  const Job& job_;
  reports::Timeline timeline_{sample_interval};
  ProgressSeries progress_{timeline_};
  LinkSeries links_{timeline_};
};

}  // namespace dwcp::scenarios
