#include "scenarios/format/metrics.hpp"

#include <algorithm>

#include "scenarios/format/shape.hpp"

namespace dwcp::scenarios {

const std::vector<MetricInfo>& all_metrics() {
  static const std::vector<MetricInfo> metrics{
      {"migrations.completed", "Migrations after which the VM runs at the destination."},
      {"migrations.aggregate_goodput_bps",
       "What completed migrations carried, each byte once, from the first one's begin to the last one's end; where no "
       "host is both source and destination."},
      {"migrations.cut_share",
       "`migrations.aggregate_goodput_bps` as a share of what the links between their hosts can carry at once."},
      {"migrations.rolled_back", "Migrations after which the VM runs on at the source."},
      {"migrations.unfinished", "Migrations that were under way when the run ended."},
      {"migration.total_time_s", "From the request to the end; the longest of all migrations."},
      {"migration.downtime_s", "How long the guest did not run; the longest of all migrations."},
      {"migration.rounds", "Passes over the memory; the most of all migrations."},
      {"migration.throttle_percent", "Processor time that the guest lost; the most of all migrations."},
      {"migration.bytes_guest", "Memory read from the hypervisors, zero pages included."},
      {"migration.bytes_wire", "What was handed to the transport, framing and resent bytes included."},
      {"memory.wrong_pages", "Pages at the destination that differ from the source's at the switchover."},
      {"vms.lost", "VMs that no host can run at the end, or whose memory is not whole."},
      {"vms.doubled", "VMs that two hosts ran at the same instant."},
      {"amst.goodput_bps", "Bytes acknowledged, each counted once, over the time of the transfers."},
      {"amst.link_utilisation", "That goodput as a share of what the paths carry as TCP payload."},
      {"amst.bytes_resent", "Bytes handed to the transport a second time."},
      {"amst.resent_ratio", "The same as a share of all bytes handed to it."},
      {"amst.window_peak_bytes", "Most bytes of one session that were sent and not acknowledged."},
      {"hde.bytes_in", "Guest memory that was encoded."},
      {"hde.bytes_out", "What it was encoded into."},
      {"hde.ratio", "The first divided by the second."},
      {"hde.class_bytes.zero", "Guest memory sent as zero pages."},
      {"hde.class_bytes.unchanged", "Guest memory sent as unchanged since it was last sent."},
      {"hde.class_bytes.delta", "Guest memory sent as the difference to what was last sent."},
      {"hde.class_bytes.lz4", "Guest memory compressed with LZ4."},
      {"hde.class_bytes.zstd", "Guest memory compressed with zstd."},
      {"hde.class_bytes.raw", "Guest memory sent as it is."},
      {"hde.class_bytes_out.zero", "What zero pages became."},
      {"hde.class_bytes_out.unchanged", "What unchanged pages became."},
      {"hde.class_bytes_out.delta", "What deltas became."},
      {"hde.class_bytes_out.lz4", "What pages compressed with LZ4 became."},
      {"hde.class_bytes_out.zstd", "What pages compressed with zstd became."},
      {"hde.class_bytes_out.raw", "What pages sent as they are became."},
      {"agents.restarts", "Agents that were started again after a fault."},
      {"faults.injected", "Faults that took effect."},
      {"sim.events", "Events of the simulator."},
      {"sim.resident_slope_bytes_per_hour",
       "Growth of the simulation's resident memory per hour of virtual time, from the second hour on; not the same on "
       "every run."},
      {"sim.events_per_second", "The same per second of wall time; not the same on every run."},
  };
  return metrics;
}

Result<void> check_metric(std::string_view name) {
  std::vector<std::string> names;
  for (const MetricInfo& metric : all_metrics()) {
    names.emplace_back(metric.name);
    if (metric.name == name) return {};
    if (!name.starts_with(metric.name)) continue;
    const std::string_view figure = name.substr(metric.name.size());
    if (figure == ".p50" || figure == ".p90" || figure == ".p99" || figure == ".max") return {};
  }
  const std::string guess = nearest(std::string(name), names);
  return Failure(Errc::not_found, "no run yields the metric '" + std::string(name) + "'" +
                                      (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
}

}  // namespace dwcp::scenarios
