#include "scenarios/runner/simulated.hpp"

#include <ns3/version.h>
#include <time.h>

#include <cmath>
#include <deque>
#include <map>

#include "scenarios/format/paths.hpp"
#include "scenarios/runner/credentials.hpp"
#include "scenarios/runner/engine_config.hpp"
#include "scenarios/runner/event_log.hpp"
#include "scenarios/runner/fault_plan.hpp"
#include "scenarios/runner/guests.hpp"
#include "scenarios/runner/movements.hpp"
#include "scenarios/runner/resident.hpp"
#include "scenarios/runner/sim_host.hpp"
#include "scenarios/runner/sim_link_faults.hpp"
#include "scenarios/runner/sim_links.hpp"
#include "scenarios/runner/sim_series.hpp"

namespace dwcp::scenarios {
namespace {

// After faults the world is watched for so much longer: what an agent does late must not go unseen.
constexpr Duration watch_after_faults = std::chrono::seconds(2);
constexpr double progress_interval_s = 0.1;  // of wall time

double wall_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

class Simulation {
 public:
  Simulation(const Job& job, const OnProgress& on_progress)
      : scenario_(job.scenario),
        job_(job),
        on_progress_(on_progress),
        log_(job.folder / "events.jsonl"),
        world_({.seed = job.seed,
                .mtu = job.scenario.topology.mtu,
                .fidelity = job.scenario.fidelity == Fidelity::flow ? sim::Fidelity::flow : sim::Fidelity::packet,
                .tcp = {}}),
        experiment_(scenario_, window(),
                    [this](const std::string& vm, const std::string& source, const std::string& to) {
                      return wrong_pages(VmId(vm), hosts_.at(source)->guests(), hosts_.at(to)->guests());
                    }),
        movements_(scenario_, job.seed, [this](const std::string& vm) { return experiment_.host_of(vm); }) {}

  // Before the hosts go: what the agents' frames destroy refers to them.
  ~Simulation() { end_agents(); }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  reports::Result run() {
    build();
    if (!job_.captures.empty()) world_.capture(job_.captures);
    schedule();
    const auto outcome = world_.run_until([this] { return over(); }, TimePoint(scenario_.duration));
    if (outcome == sim::Outcome::livelock)
      experiment_.found("livelock", world_.now().time_since_epoch(), world_.livelock());
    else if (outcome != sim::Outcome::reached && !experiment_.attempts_over())
      experiment_.abort("a migration was under way when the " + to_string(scenario_.duration) +
                        " of the run were over");
    return conclude();
  }

 private:
  Bytes window() const {
    Bytes most{0};
    for (const auto& [name, host] : scenario_.topology.hosts)
      most = std::max(most, agent_config(scenario_, name, {}).session.send_window);
    return most;
  }

  void build() {
    world_.set_record_sink([this](const platform::Record& record) { heard(record); });
    for (const auto& [name, host] : scenario_.topology.hosts) {
      sim::Machine& machine = world_.add_host(name, {.cores = host.cores, .rdma = host.rdma});
      hosts_.emplace(name, std::make_unique<SimHost>(world_, machine, name, experiment_));
    }
    std::map<std::string, sim::Machine*> switches;
    for (const std::string& name : scenario_.topology.switches) switches.emplace(name, &world_.add_router(name));
    const auto machine = [&](const std::string& name) -> sim::Machine& {
      const auto found = switches.find(name);
      return found == switches.end() ? hosts_.at(name)->machine() : *found->second;
    };
    for (const Link& link : scenario_.topology.links)
      links_.push_back(
          &world_.add_link(machine(link.between.front()), machine(link.between.back()), wire_of(link), link.name));
    series_.watch(links_, experiment_);
    const auto catalogue = make_catalogue(scenario_, job_.seed);
    for (const auto& [name, host] : hosts_) host->place(catalogue, guest_host_options(scenario_, name, job_.seed));
    for (const auto& [name, vm] : scenario_.vms) hosts_.at(vm.host)->guests().boot(VmId(name));
    for (const auto& [name, host] : hosts_) {
      auto config = agent_config(scenario_, name, {{boost::asio::ip::address_v4::any(), agent_port}});
      config.credentials = credentials_for(scenario_, job_.seed, name);
      host->start(std::move(config));
    }
  }

  // ---- what is to happen
  void schedule() {
    for (const Event& event : scenario_.events) {
      ++pending_;
      world_.at(TimePoint(event.at), [this, &event] {
        --pending_;
        if (event.migrate) waiting_.push_back(&*event.migrate);
        if (event.evacuate) evacuate(*event.evacuate);
        if (event.churn) churn(*event.churn);
        if (event.cancel)
          for (const auto& [name, host] : hosts_) host->cancel(event.cancel->vm);
        begin_waiting();
      });
    }
    for (const Fault& fault : scenario_.faults)
      if (fault.rare) world_.set_rare_paths(fault.rare->chance.value, fault.rare->points);
    for (FaultAction& fault : plan_faults(scenario_, job_.seed)) {
      ++pending_;
      world_.at(TimePoint(fault.at), [this, fault] {
        --pending_;
        inject(fault);
      });
    }
    for (std::size_t i = 0; i < links_.size(); ++i)
      if (!scenario_.topology.links[i].samples.empty()) follow_trace(i, 0, Duration(0));
    tick();
  }

  // Sets the rate of one sample, and comes back for the next; `begun` is when the trace began this time.
  void follow_trace(std::size_t link, std::size_t sample, Duration begun) {
    const Link& traced = scenario_.topology.links[link];
    if (sample == traced.samples.size()) {
      sample = 0;
      begun += length_of(traced.samples);
    }
    world_.at(TimePoint(begun + traced.samples[sample].at), [this, link, &traced, sample, begun] {
      links_[link]->set_rate(std::min(traced.rate, traced.samples[sample].rate), sim::Direction::both);
      follow_trace(link, sample + 1, begun);
    });
  }

  // A migration that no event names.
  const MigrateEvent* made(MigrateEvent event) { return &made_.emplace_back(std::move(event)); }

  void evacuate(const EvacuateEvent& event) {
    const auto left_behind = [&](const std::string& vm) {
      world_.record("scenario.left_behind", {{"vm", vm}, {"host", event.host}});
    };
    Evacuation evacuation{event.at_once, {}, {}};
    for (MigrateEvent& move : movements_.of(event, left_behind)) evacuation.next.push_back(made(std::move(move)));
    evacuations_.push_back(std::move(evacuation));
    go_on_evacuating();
  }

  // As many at once as it may be, while there are some.
  void go_on_evacuating() {
    for (Evacuation& evacuation : evacuations_) {
      std::erase_if(evacuation.vms, [this](const std::string& vm) { return !asked_for_.contains(vm); });
      while (!evacuation.next.empty() && evacuation.vms.size() < evacuation.at_once) {
        ask(evacuation.next.front());
        evacuation.vms.insert(evacuation.next.front()->vm);
        evacuation.next.pop_front();
      }
    }
    std::erase_if(evacuations_, [](const Evacuation& e) { return e.next.empty() && e.vms.empty(); });
  }

  void churn(const ChurnEvent& event) {
    if (auto move = movements_.of(event)) ask(made(std::move(*move)));
    const TimePoint next = world_.now() + event.every;
    if (next >= TimePoint(event.until)) return;
    ++pending_;
    world_.at(next, [this, &event] {
      --pending_;
      churn(event);
      begin_waiting();
    });
  }

  void ask(const MigrateEvent* event) {
    asked_for_.insert(event->vm);
    waiting_.push_back(event);
  }

  // What is over makes room for others.
  void notice_ends() {
    const auto& attempts = experiment_.attempts();
    while (first_open_ < attempts.size() && attempts[first_open_].over) ++first_open_;
    std::set<std::string> open;
    for (std::size_t i = first_open_; i < attempts.size(); ++i)
      if (!attempts[i].over) open.insert(attempts[i].event->vm);
    for (const MigrateEvent* event : waiting_) open.insert(event->vm);
    std::erase_if(asked_for_, [&](const std::string& vm) {
      if (open.contains(vm)) return false;
      movements_.ended(vm);
      return true;
    });
    if (evacuations_.empty()) return;
    go_on_evacuating();
    begin_waiting();
  }

  // Migrations wait for the agent of the host that runs the VM.
  void begin_waiting() {
    std::vector<const MigrateEvent*> still;
    for (const MigrateEvent* event : waiting_) {
      const std::string from = experiment_.host_of(event->vm);
      if (from.empty() || !hosts_.at(from)->ready()) {
        still.push_back(event);
        continue;
      }
      const std::size_t attempt = experiment_.begin_attempt(*event, from, world_.now().time_since_epoch());
      if (from == event->to) {
        experiment_.give_up(attempt, "the VM is there already");
        continue;
      }
      migration::Request request{VmId(event->vm), paths(from, event->to), policy_of(event->policy)};
      request.destination_node = NodeId(event->to);
      hosts_.at(from)->migrate(attempt, std::move(request));
    }
    waiting_ = std::move(still);
  }

  std::vector<platform::Endpoint> paths(const std::string& from, const std::string& to) const {
    std::vector<platform::Endpoint> endpoints;
    for (const Path& path : paths_between(scenario_.topology, from, to))
      endpoints.push_back(world_.endpoint(hosts_.at(to)->machine(), *links_[path.last()], agent_port));
    return endpoints;
  }

  // ---- faults
  void inject(const FaultAction& fault) {
    world_.record("scenario.fault", {{"what", describe(fault, scenario_.topology)}});
    experiment_.fault_injected();
    std::visit([this](const auto& action) { apply(action); }, fault.action);
  }
  void apply(const CutLink& a) { link_faults_.apply(a); }
  void apply(const RestoreLink& a) { link_faults_.apply(a); }
  void apply(const ChangeLink& a) { link_faults_.apply(a); }
  void apply(const EndProcess& a) {
    SimHost& host = *hosts_.at(a.host);
    if (a.crash)
      host.crash();
    else
      host.kill();
  }
  void apply(const StartProcess& a) {
    SimHost& host = *hosts_.at(a.host);
    if (host.alive()) return;  // another fault's restart came first
    host.revive();
    experiment_.agent_restarted();
  }
  void apply(const SwitchRdma& a) {
    int& failures = adapter_failures_[a.host];
    failures += a.on ? -1 : 1;
    world_.set_rdma(hosts_.at(a.host)->machine(), failures == 0);
  }
  void apply(const SetClock& a) {
    sim::Clock& clock = hosts_.at(a.host)->machine().clock();
    if (a.date_offset) clock.set_date_offset(*a.date_offset);
    if (a.drift_ppm) clock.set_drift(std::llround(*a.drift_ppm * 1000), world_.now());
  }
  // Shortages of a host may overlap: it is short until each is over, of what the last that began says.
  void apply(const SetMemory& a) {
    Shortage& now = shortages_[a.host];
    now.count += a.left ? 1 : -1;
    if (a.left) now.left = *a.left;
    hosts_.at(a.host)->machine().set_memory_available(now.count > 0 ? now.left : sim::Machine::memory_unbounded);
  }
  void apply(const ChangeStorage& a) {
    sim::Disk& disk = hosts_.at(a.host)->program().disk();
    sim::DiskOptions options = disk.options();
    if (a.fault.capacity) options.capacity = *a.fault.capacity;
    if (a.fault.access) options.access = *a.fault.access;
    if (a.fault.sync) options.sync = *a.fault.sync;
    if (a.fault.rate) options.rate = *a.fault.rate;
    if (a.fault.tear) {
      options.lost = 0;
      options.torn = 1;
    }
    disk.set_options(options);
    storage_is_faulty_ = storage_is_faulty_ || a.fault.capacity || a.fault.tear;
  }

  // ---- watching
  void heard(const platform::Record& record) {
    log_.add(record);
    if (record.process == "world") return;
    experiment_.heard(record);
    const std::string host = record.process.substr(0, record.process.find('/'));
    hosts_.at(host)->heard(record);
    // Not from within the agent's own coroutine: requests go in with the next turn of the world.
    if (!waiting_.empty() && hosts_.at(host)->ready()) world_.at(world_.now(), [this] { begin_waiting(); });
  }

  void tick() {
    check_agents();
    resident_.look(world_.now().time_since_epoch());
    series_.look(world_.now().time_since_epoch());
    if (!asked_for_.empty()) notice_ends();
    experiment_.check_aborts(world_.now().time_since_epoch(), [this](reports::Result& result) { complete(result); });
    if (const double now = wall_now(); now - progress_at_ >= progress_interval_s) {
      progress_at_ = now;
      show_progress(now - began_);
    }
    world_.at(world_.now() + sample_interval, [this] { tick(); });
  }

  // An agent ends only when it is killed, or when its storage fails.
  void check_agents() {
    for (const auto& [name, host] : hosts_) {
      const auto failure = host->program().failure();
      if (!failure || storage_is_faulty_ || !failed_.insert(name).second) continue;
      std::string what = "for no known reason";
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        what = error.what();
      }
      experiment_.found("agent", world_.now().time_since_epoch(), "the agent of " + name + " ended: " + what);
    }
  }

  void show_progress(double wall_s) const {
    const auto statistics = world_.statistics();
    reports::RunProgress progress;
    progress.virtual_time = world_.now().time_since_epoch();
    progress.wall_s = wall_s;
    progress.events_per_second = static_cast<double>(statistics.events) / std::max(wall_s, 1e-9);
    progress.migrated = experiment_.migrated();
    if (progress.migrated > 0.02) progress.eta_s = wall_s / progress.migrated * (1 - progress.migrated);
    progress.phase = experiment_.phase();
    on_progress_(progress);
  }

  bool over() {
    if (experiment_.aborted()) return true;
    if (pending_ > 0 || !waiting_.empty() || !evacuations_.empty() || !experiment_.settled()) {
      settled_at_.reset();
      return false;
    }
    if (scenario_.faults.empty()) return true;
    if (!settled_at_) settled_at_ = world_.now();
    return world_.now() >= *settled_at_ + watch_after_faults;
  }

  // ---- the end
  void complete(reports::Result& result) const {
    const auto statistics = world_.statistics();
    result.events = statistics.events;
    result.wall_time_s = wall_now() - began_;
    result.metrics["sim.events"] = static_cast<double>(statistics.events);
    result.metrics["sim.resident_slope_bytes_per_hour"] = resident_.slope_bytes_per_hour();
    result.metrics["sim.events_per_second"] =
        static_cast<double>(statistics.events) / std::max(result.wall_time_s, 1e-9);
  }

  reports::Result conclude() {
    const Duration now = world_.now().time_since_epoch();
    for (const MigrateEvent* event : waiting_)
      experiment_.give_up(experiment_.begin_attempt(*event, experiment_.host_of(event->vm), now),
                          "the agent of the VM's host was never ready");
    experiment_.close();
    end_agents();
    experiment_.finish(now);
    reports::Result result = experiment_.result(now);
    complete(result);
    if (resident_.samples().size() > 1) result.resident = resident_.samples();
    result.versions["ns-3"] = ns3::Version::ShortVersion();
    log_.close();
    series_.write(now);
    world_.end_captures();
    return result;
  }

  // What guests do when their agent goes is no part of the run.
  void end_agents() {
    for (const auto& [name, host] : hosts_) host->guests().observe({});
    for (const auto& program : world_.programs()) program->kill();
  }

  const Scenario& scenario_;
  const Job& job_;
  const OnProgress& on_progress_;
  const double began_ = wall_now();
  EventLog log_;
  SimSeries series_{job_};
  sim::World world_;
  Experiment experiment_;
  std::map<std::string, std::unique_ptr<SimHost>> hosts_;
  std::vector<sim::Link*> links_;
  SimLinkFaults link_faults_{scenario_.topology, links_};
  std::map<std::string, int> adapter_failures_;
  struct Shortage {
    int count = 0;
    Bytes left{0};
  };
  std::map<std::string, Shortage> shortages_;  // of memory, by host
  std::vector<const MigrateEvent*> waiting_;
  struct Evacuation {
    unsigned at_once;
    std::deque<const MigrateEvent*> next;
    std::set<std::string> vms;  // under way
  };
  Movements movements_;
  std::deque<MigrateEvent> made_;
  std::vector<Evacuation> evacuations_;
  std::set<std::string> asked_for_;  // VMs of evacuations and churn that are under way
  std::size_t first_open_ = 0;       // all attempts before it are over
  std::set<std::string> failed_;
  std::size_t pending_ = 0;
  bool storage_is_faulty_ = false;
  std::optional<TimePoint> settled_at_;
  double progress_at_ = 0;
  Resident resident_;
};

}  // namespace

bool has_simulator() { return true; }

reports::Result run_simulated(const Job& job, const OnProgress& on_progress) {
  return Simulation(job, on_progress).run();
}

}  // namespace dwcp::scenarios
