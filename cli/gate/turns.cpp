#include "cli/gate/turns.hpp"

#include <map>

#include "cli/gate/child_run.hpp"

namespace dwcp::cli {
namespace {

using SeriesByName = std::map<std::pair<std::string, std::string>, reports::WallSeries>;

void take_run(const ChildRun& child, bool is_now, SeriesByName& all) {
  const auto add = [&](const std::string& name, const std::string& metric, double value) {
    auto& series = all[{name, metric}];
    series.name = name;
    series.metric = metric;
    (is_now ? series.now : series.before).push_back(value);
  };
  for (const reports::Run& run : child.runs) {
    if (!run.passed) throw Error(Errc::bad_value, reports::to_string(run.subject) + " did not pass: " + run.failure);
    const auto wall = run.figures.find("run.wall_time_s");
    if (wall != run.figures.end() && wall->second.value > 0)
      add(reports::to_string(run.subject), "run.wall_time_s", wall->second.value);
  }
  if (child.cpu_time_s > 0) add(child.runs.front().subject.name, "run.cpu_time_s", child.cpu_time_s);
}

}  // namespace

std::vector<reports::WallSeries> measure_in_turns(const Turns& turns,
                                                  const std::function<void(std::size_t, std::size_t)>& on_run) {
  SeriesByName all;
  std::size_t done = 0;
  const std::size_t total = turns.scenarios.size() * turns.repeats * 2;
  for (unsigned repeat = 0; repeat < turns.repeats; ++repeat)
    for (const auto& scenario : turns.scenarios)
      for (const bool first : {true, false}) {
        const bool is_now = first == (repeat % 2 == 1);
        const auto folder = turns.folder / (std::to_string(++done) + (is_now ? "-now" : "-before"));
        take_run(run_as_child(is_now ? turns.now : turns.before, {scenario.string(), "--quiet"}, folder), is_now, all);
        on_run(done, total);
      }
  std::vector<reports::WallSeries> series;
  for (auto& [name, one] : all) series.push_back(std::move(one));
  return series;
}

}  // namespace dwcp::cli
