#include "scenarios/runner/sim_series.hpp"

#include "scenarios/runner/result_folder.hpp"

namespace dwcp::scenarios {

void SimSeries::watch(const std::vector<sim::Link*>& links, Experiment& experiment) {
  if (!job_.timeline) return;
  experiment.keep_series(progress_);
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::vector<std::string>& ends = job_.scenario.topology.links[i].between;
    links_.watch(*links[i], ends.front(), ends.back());
  }
}

void SimSeries::write(Duration now) {
  look(now);
  if (job_.timeline) write_timeline(job_.folder, timeline_);
}

}  // namespace dwcp::scenarios
