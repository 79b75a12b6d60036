#include "scenarios/runner/live.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "scenarios/format/paths.hpp"
#include "scenarios/runner/engine_config.hpp"
#include "scenarios/runner/event_log.hpp"
#include "scenarios/runner/experiment.hpp"
#include "scenarios/runner/fault_plan.hpp"
#include "scenarios/runner/live_host.hpp"
#include "scenarios/runner/live_network.hpp"
#include "scenarios/runner/live_report.hpp"
#include "scenarios/runner/result_folder.hpp"

namespace dwcp::scenarios {
namespace {

constexpr int poll_interval_ms = 20;
constexpr Duration entering_limit = std::chrono::seconds(30);

// A host's process, seen from the conductor.
struct HostProcess {
  int pid = -1;
  LineChannel channel;
  bool entered = false, alive = false, ready = false;
};

class Conductor {
 public:
  Conductor(const Job& job, const OnProgress& on_progress)
      : job_(job),
        scenario_(job.scenario),
        on_progress_(on_progress),
        log_(job.folder / "events.jsonl"),
        experiment_(scenario_, window(), [this](const std::string& vm, const std::string&, const std::string& to) {
          return wrong_pages_[{vm, to}];
        }) {
    experiment_.keep_series(progress_);
  }

  ~Conductor() {
    for (auto& [name, host] : hosts_) {
      if (host.pid <= 0) continue;
      kill(host.pid, SIGKILL);
      waitpid(host.pid, nullptr, 0);
    }
  }
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  reports::Result run() {
    fork_hosts();
    wait_until_entered();
    network_ =
        job_.network_namespaces ? namespace_network(scenario_.topology, pids()) : loopback_network(scenario_.topology);
    for (const auto& [name, vm] : scenario_.vms) hosts_.at(vm.host).channel.send({{"do", "boot"}, {"vm", name}});
    for (auto& [name, host] : hosts_) start(name, host);
    const auto faults = plan_faults(scenario_, job_.seed);
    while (!over(faults.size())) {
      issue_due(faults);
      hear();
      begin_waiting();
      if (now() > scenario_.duration) experiment_.abort("the run was not over after " + to_string(scenario_.duration));
      show_progress();
    }
    return conclude();
  }

 private:
  Bytes window() const {
    Bytes most{0};
    for (const auto& [name, host] : scenario_.topology.hosts)
      most = std::max(most, agent_config(scenario_, name, {}).session.send_window);
    return most;
  }
  Duration now() const { return Duration(monotonic_ns() - began_ns_); }

  // ---- processes
  void fork_hosts() {
    const int parent = getpid();
    for (const auto& [name, host] : scenario_.topology.hosts) {
      int ends[2];
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw Error(Errc::out_of_budget, "no socket pair for host " + name);
      const int pid = fork();
      if (pid < 0) throw Error(Errc::out_of_budget, "no process for host " + name);
      if (pid == 0) {
        close(ends[0]);
        hosts_.clear();  // the conductor's ends to the others
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        become(name, LineChannel(ends[1]));
      }
      close(ends[1]);
      hosts_.emplace(name, HostProcess{.pid = pid, .channel = LineChannel(ends[0])});
    }
  }

  [[noreturn]] void become(const std::string& name, LineChannel channel) const {
    const int descriptor = dup(channel.descriptor());
    try {
      serve_live_host(job_, name, std::move(channel), began_ns_);
      _exit(0);
    } catch (const std::exception& error) {
      LineChannel(descriptor).send({{"is", "failed"}, {"why", error.what()}});
      _exit(1);
    }
  }

  void wait_until_entered() {
    const auto all = [&] { return std::ranges::all_of(hosts_, [](const auto& h) { return h.second.entered; }); };
    while (!all()) {
      hear();
      if (!failure_.empty()) throw Error(Errc::bad_configuration, failure_);
      if (now() > entering_limit) throw Error(Errc::timed_out, "the hosts' processes did not start");
    }
  }

  std::map<std::string, int> pids() const {
    std::map<std::string, int> found;
    for (const auto& [name, host] : hosts_) found[name] = host.pid;
    return found;
  }

  void start(const std::string& name, HostProcess& host) {
    Json listen = Json::array();
    for (const auto& endpoint : network_.listen[name]) listen.push_back(platform::to_string(endpoint));
    host.channel.send({{"do", "start"}, {"listen", std::move(listen)}});
    host.alive = true;
  }

  // ---- what is to happen
  void issue_due(const std::vector<FaultAction>& faults) {
    for (; next_fault_ < faults.size() && faults[next_fault_].at <= now(); ++next_fault_) inject(faults[next_fault_]);
    for (std::size_t i = 0; i < scenario_.events.size(); ++i) {
      const Event& event = scenario_.events[i];
      if (event.at > now() || !issued_.insert(i).second) continue;
      if (event.migrate) waiting_.push_back(i);
      if (event.cancel)
        for (auto& [name, host] : hosts_) host.channel.send({{"do", "cancel"}, {"vm", event.cancel->vm}});
    }
  }

  void inject(const FaultAction& fault) {
    log_.add({TimePoint(now()), "world", "scenario.fault", {{"what", describe(fault, scenario_.topology)}}});
    experiment_.fault_injected();
    if (const auto* end = std::get_if<EndProcess>(&fault.action)) {
      HostProcess& host = hosts_.at(end->host);
      if (host.alive) host.channel.send({{"do", "kill"}});
      host.alive = host.ready = false;
      for (std::size_t i = 0; i < experiment_.attempts().size(); ++i)
        if (experiment_.attempts()[i].under_way && experiment_.attempts()[i].from == end->host)
          experiment_.give_up(i, "the agent of " + end->host + " ended");
    }
    if (const auto* begin = std::get_if<StartProcess>(&fault.action); begin && !hosts_.at(begin->host).alive) {
      start(begin->host, hosts_.at(begin->host));
      experiment_.agent_restarted();
    }
  }

  void begin_waiting() {
    std::erase_if(waiting_, [this](std::size_t index) {
      const MigrateEvent& event = *scenario_.events[index].migrate;
      const std::string from = experiment_.host_of(event.vm);
      if (from.empty() || !hosts_.at(from).ready) return false;
      const std::size_t attempt = experiment_.begin_attempt(event, from, now());
      if (from == event.to) {
        experiment_.give_up(attempt, "the VM is there already");
        return true;
      }
      Json destination = Json::array();
      for (const Path& path : paths_between(scenario_.topology, from, event.to)) {
        const auto& [first, second] = network_.ends[path.last()];
        const bool is_first = scenario_.topology.links[path.last()].between.front() == event.to;
        destination.push_back(platform::to_string(is_first ? first : second));
      }
      hosts_.at(from).channel.send({{"do", "migrate"},
                                    {"attempt", attempt},
                                    {"event", index},
                                    {"vm", event.vm},
                                    {"destination", std::move(destination)}});
      return true;
    });
  }

  // ---- what is said
  struct Said {
    std::string host;
    Json message;
  };

  void hear() {
    std::vector<pollfd> descriptors;
    for (const auto& [name, host] : hosts_) descriptors.push_back({host.channel.descriptor(), POLLIN, 0});
    poll(descriptors.data(), descriptors.size(), poll_interval_ms);
    // Guests' changes are told before the engine goes on, so what led to anything in the first pass is there in the
    // second: by time, everything up to the last of the first pass is in order and complete.
    const std::size_t from_first = gather();
    std::int64_t complete_until = 0;
    for (std::size_t i = 0; i < from_first; ++i) complete_until = std::max(complete_until, changes_[i].time.count());
    gather();
    std::ranges::stable_sort(changes_, {}, &GuestChange::time);
    std::size_t done = 0;
    for (; done < changes_.size() && changes_[done].time.count() <= complete_until; ++done)
      experiment_.guest_changed(changes_[done]);
    changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(done));
  }

  // Returns how many changes of guests are kept now.
  std::size_t gather() {
    for (auto& [name, host] : hosts_) {
      for (const Json& message : host.channel.take()) take(name, host, message);
      if (host.channel.ended() && host.alive) {
        host.alive = false;
        experiment_.found("process", now(), "the process of host " + name + " ended");
        experiment_.abort("the process of host " + name + " ended");
      }
    }
    return changes_.size();
  }

  void take(const std::string& name, HostProcess& host, const Json& message) {
    const std::string what = message.at("is");
    if (what == "entered") host.entered = true;
    if (what == "record") {
      log_.add_line(message.at("line"));
      if (message.at("ready").get<bool>()) host.ready = host.alive;
    }
    if (what == "guest") {
      const std::string vm = message.at("vm");
      wrong_pages_[{vm, name}] = message.at("wrong_pages").get<std::vector<std::uint64_t>>();
      changes_.push_back({Duration(message.at("time_ns").get<std::int64_t>()), name, vm,
                          static_cast<migration::GuestState>(message.at("state").get<int>())});
    }
    if (what == "progress") experiment_.progress(message.at("attempt"), now(), progress_from(message.at("progress")));
    if (what == "report") experiment_.report(message.at("attempt"), now(), report_from(message.at("report")));
    if (what == "gave_up") experiment_.give_up(message.at("attempt"), message.at("why"));
    if (what == "failed") {
      failure_ = message.at("why");
      experiment_.found("agent", now(), "the agent of " + name + " ended: " + failure_);
      experiment_.abort(failure_);
    }
  }

  bool over(std::size_t faults) const {
    return experiment_.aborted() || (next_fault_ == faults && issued_.size() == scenario_.events.size() &&
                                     waiting_.empty() && changes_.empty() && experiment_.settled());
  }

  void show_progress() const {
    reports::RunProgress progress;
    progress.virtual_time = now();
    progress.wall_s = to_seconds(now());
    progress.migrated = experiment_.migrated();
    if (progress.migrated > 0.02) progress.eta_s = progress.wall_s / progress.migrated * (1 - progress.migrated);
    progress.phase = experiment_.phase();
    on_progress_(progress);
  }

  reports::Result conclude() {
    const Duration end = now();
    for (auto& [name, host] : hosts_) {
      host.channel.send({{"do", "quit"}});
      waitpid(host.pid, nullptr, 0);
      host.pid = -1;
    }
    experiment_.finish(end);
    reports::Result result = experiment_.result(end);
    if (!network_.shaped) {
      for (reports::MigrationResult& m : result.migrations) m.path_capacity = BitRate(0);
      result.metrics.erase("amst.link_utilisation");
    }
    result.wall_time_s = to_seconds(now());
    log_.close();
    if (job_.timeline) write_timeline(job_.folder, timeline_);
    return result;
  }

  const Job& job_;
  const Scenario& scenario_;
  const OnProgress& on_progress_;
  const std::int64_t began_ns_ = monotonic_ns();
  EventLog log_;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> wrong_pages_;  // by VM and host
  reports::Timeline timeline_{sample_interval};
  ProgressSeries progress_{timeline_};
  Experiment experiment_;
  std::map<std::string, HostProcess> hosts_;
  LiveNetwork network_;
  std::vector<GuestChange> changes_;
  std::vector<std::size_t> waiting_;
  std::set<std::size_t> issued_;
  std::size_t next_fault_ = 0;
  std::string failure_;
};

}  // namespace

void check_live(const Scenario& scenario) {
  if (scenario.fidelity != Fidelity::packet)
    throw Error(Errc::bad_scenario,
                scenario.file.string() + ": fidelity: a live world has real links; 'flow' needs 'world: sim'");
  for (const Event& event : scenario.events)
    if (event.evacuate || event.churn)
      throw Error(Errc::bad_scenario, scenario.file.string() + ": events: 'evacuate' and 'churn' need 'world: sim'");
  for (const Fault& fault : scenario.faults)
    if (!fault.kill)
      throw Error(
          Errc::bad_scenario,
          scenario.file.string() + ": faults: a live world has no faults but 'kill'; the others need 'world: sim'");
  if (!scenario.topology.switches.empty())
    throw Error(Errc::bad_scenario,
                scenario.file.string() + ": topology.switches: a live world has none; they need 'world: sim'");
  for (const auto& [name, host] : scenario.topology.hosts)
    if (host.rdma)
      throw Error(Errc::bad_scenario, scenario.file.string() + ": topology.hosts." + name +
                                          ".rdma: a live world has the adapters that this machine has; an adapter "
                                          "for the scenario needs 'world: sim'");
}

reports::Result run_live(const Job& job, const OnProgress& on_progress) { return Conductor(job, on_progress).run(); }

}  // namespace dwcp::scenarios
