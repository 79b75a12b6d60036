#include "sim/world.hpp"

#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <time.h>

#include <algorithm>
#include <utility>

namespace dwcp::sim {
namespace {

bool world_exists = false;  // ns-3's state is global, so that this is too

double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

ns3::Time until(TimePoint t) { return ns3::NanoSeconds((t - virtual_now()).count()); }

}  // namespace

std::string to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::reached:
      return "reached";
    case Outcome::timed_out:
      return "timed out";
    case Outcome::deadlock:
      return "deadlock";
    case Outcome::livelock:
      return "livelock";
  }
  return "?";
}

World::World(const WorldOptions& options) : options_(options) {
  if (world_exists) throw Error(Errc::internal, "a second world: ns-3 has one simulation per process");
  if (options.mtu < Bytes(576) || options.mtu > Bytes(65535))
    throw Error(Errc::bad_value, "mtu " + dwcp::to_string(options.mtu) + ": must be 576 B to 65535 B");
  options_.tcp.mtu = options.mtu;
  ns3::RngSeedManager::SetSeed(static_cast<std::uint32_t>(Random(options.seed, "ns-3")() >> 33) + 1);
  ns3::RngSeedManager::SetRun(1);
  world_exists = true;
}

// Processes first, while the sockets that their frames hold are still there; then ns-3; then what its events point to.
World::~World() {
  sink_ = nullptr;
  for (auto& program : programs_) program->kill();
  for (auto& machine : machines_)
    if (machine->flow()) machine->flow()->forget_all();
  ns3::Simulator::Destroy();
  world_exists = false;
}

void World::check_new_name(const std::string& name) const {
  const auto taken = [&](const auto& list) {
    return std::ranges::any_of(list, [&](const auto& item) { return item->name() == name; });
  };
  if (taken(machines_) || taken(links_) || taken(programs_))
    throw Error(Errc::already_exists, "'" + name + "' in the world; names of machines, links and processes are unique");
}

Machine& World::add_machine(std::string name, bool router, const HostOptions& options) {
  check_new_name(name);
  if (options_.fidelity == Fidelity::flow && options.rdma)
    throw Error(Errc::bad_value, "host '" + name +
                                     "' with an RDMA adapter in flow fidelity, which has none: leave it out, "
                                     "or take packet fidelity");
  const NodeIndex index = topology_.add_node(router);
  machines_.push_back(std::make_unique<Machine>(std::move(name), index, router, options, options_.seed));
  Machine& machine = *machines_.back();
  machine.set_tcp_options(options_.tcp);
  if (options_.fidelity == Fidelity::flow)
    machine.set_flow(std::make_unique<flow::Host>(
        network_, [this, &machine](std::uint32_t address) { return flow_route(machine, address); },
        machine.power_switch()));
  return machine;
}

Machine& World::add_host(std::string name, const HostOptions& options) {
  return add_machine(std::move(name), false, options);
}

Machine& World::add_router(std::string name) { return add_machine(std::move(name), true, {}); }

Link& World::add_link(Machine& a, Machine& b, const LinkOptions& options, std::string name) {
  if (sealed_) throw Error(Errc::internal, "a link is added after the world has run");
  if (name.empty()) {
    const std::string base = a.name() + "-" + b.name();
    name = base;
    for (int n = 2; std::ranges::any_of(links_, [&](const auto& link) { return link->name() == name; }); ++n)
      name = base + "-" + std::to_string(n);
  }
  check_new_name(name);
  const LinkIndex index = topology_.add_link(a.index(), b.index(), options.forward.delay);
  links_.push_back(std::make_unique<Link>(std::move(name), index, run_, options_.seed, options,
                                          [this](auto what, auto fields) { record(what, std::move(fields)); }));
  Link& link = *links_.back();
  const auto join = [&](Machine& from, Machine& to, Wire& out, Wire& in) {
    Device& device = from.add_device(out, options_.mtu, topology_.address(index, from.index()));
    in.connect(from.node()->GetId(), [&device](auto packet, auto protocol) { device.receive(packet, protocol); });
    static_cast<void>(to);
  };
  join(a, b, link.wire(Direction::forward), link.wire(Direction::backward));
  join(b, a, link.wire(Direction::backward), link.wire(Direction::forward));
  if (options_.fidelity == Fidelity::flow)
    for (const Direction d : {Direction::forward, Direction::backward}) {
      network_.add_hop(link.wire(d));
      link.wire(d).set_observer(network_);
    }
  return link;
}

void World::capture(const std::filesystem::path& folder) {
  for (const auto& link : links_) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      const char* const way = direction == Direction::forward ? "-forward.pcap" : "-backward.pcap";
      captures_.push_back(std::make_unique<Capture>(folder / (link->name() + way)));
      link->wire(direction).capture(*captures_.back());
    }
  }
}

void World::end_captures() {
  for (const auto& capture : captures_) capture->close();
}

Program& World::add_program(Machine& host, std::string name, Main main) {
  check_new_name(name);
  programs_.push_back(std::make_unique<Program>(
      run_, host, std::move(name), options_.seed,
      [this](const platform::Record& r) {
        if (sink_) sink_(r);
      },
      std::move(main)));
  return *programs_.back();
}

Program& World::start(Machine& host, std::string name, Main main) {
  Program& program = add_program(host, std::move(name), std::move(main));
  program.start();
  return program;
}

platform::Endpoint World::endpoint(const Machine& machine, const Link& link, std::uint16_t port) const {
  return {boost::asio::ip::address_v4(topology_.address(link.index(), machine.index())), port};
}

platform::Endpoint World::endpoint(const Machine& machine, std::uint16_t port) const {
  if (machine.addresses().empty()) throw Error(Errc::not_found, "a link of machine '" + machine.name() + "'");
  return {machine.addresses().front().address, port};
}

void World::seal() {
  if (std::exchange(sealed_, true)) return;
  for (const auto& link : links_) {
    const auto ends = topology_.ends(link->index());
    for (const NodeIndex end : {ends.a, ends.b}) {
      const ns3::Ipv4Address to(topology_.address(link->index(), end));
      const auto hops = topology_.next_hops(link->index(), end);
      for (auto& machine : machines_) {
        const auto& hop = hops[machine->index()];
        if (!hop) continue;
        const auto& own = topology_.links_of(machine->index());
        const auto position = static_cast<std::size_t>(std::ranges::find(own, *hop) - own.begin());
        const ns3::Ipv4Address source(topology_.address(*hop, machine->index()));
        machine->routes().add(to, machine->device(position), source);
        if (!machine->is_router() && !machines_[end]->is_router()) tune_transports(*machine, end, hops);
      }
    }
  }
}

// Empty within one machine, and where there is no way.
flow::Path World::flow_path(NodeIndex from, std::uint32_t address) {
  const auto owner = topology_.owner(address);
  if (!owner) return {};
  auto known = next_hops_.find(address);
  if (known == next_hops_.end())
    known = next_hops_.emplace(address, topology_.next_hops(owner->link, owner->end)).first;
  flow::Path path;
  NodeIndex at = from;
  for (const LinkIndex link : topology_.path(from, owner->end, known->second)) {
    const bool forward = topology_.ends(link).a == at;
    path.push_back(&links_[link]->wire(forward ? Direction::forward : Direction::backward));
    at = forward ? topology_.ends(link).b : topology_.ends(link).a;
  }
  return path;
}

std::optional<flow::Route> World::flow_route(const Machine& from, std::uint32_t address) {
  const auto owner = topology_.owner(address);
  const bool loopback = (address >> 24) == 127;
  if (loopback || (owner && owner->end == from.index()))
    return flow::Route{{}, {}, address, machines_[from.index()]->flow()};
  if (!owner) return {};
  flow::Route route{flow_path(from.index(), address), {}, 0, machines_[owner->end]->flow()};
  if (route.there.empty()) return {};
  const LinkIndex first = route.there.front()->index() / 2;
  route.source = topology_.address(first, from.index());
  route.back = flow_path(owner->end, route.source);
  if (route.back.empty()) return {};
  return route;
}

// Both ends get buffers for the path, since either may send.
void World::tune_transports(Machine& from, NodeIndex end, const Topology::NextHops& hops) {
  Duration rtt{0};
  BitRate rate{~std::uint64_t{0}};
  for (const LinkIndex hop : topology_.path(from.index(), end, hops)) {
    for (const Direction d : {Direction::forward, Direction::backward}) {
      rtt += links_[hop]->wire(d).options().delay;
      rate = std::min(rate, links_[hop]->wire(d).options().rate);
    }
  }
  const Bytes buffer = tcp_options_for(rate, rtt, options_.mtu, options_.tcp.congestion).send_buffer;
  for (Machine* machine : {&from, machines_[end].get()}) {
    TcpOptions options = machine->tcp_options();
    options.send_buffer = std::max(options.send_buffer, buffer);
    machine->set_tcp_options(options);
    if (machine->adapter()) machine->adapter()->fit_round_trip(rtt);
  }
}

void World::at(TimePoint time, std::function<void()> action) {
  if (time < now())
    throw Error(Errc::bad_value, "an action at " + dwcp::to_string(time.time_since_epoch()) + ", when it is already " +
                                     dwcp::to_string(now().time_since_epoch()));
  ns3::Simulator::Schedule(until(time), [this, action = std::move(action)] {
    run_.guarded(action);
    run_.progressed();
  });
}

void World::flap(Link& link, TimePoint first, Duration down, Duration period, unsigned times) {
  if (period <= down)
    throw Error(Errc::bad_value, "a flap of " + dwcp::to_string(down) + " each " + dwcp::to_string(period));
  for (unsigned i = 0; i < times; ++i) {
    at(first + i * period, [&link] { link.cut(); });
    at(first + i * period + down, [&link] { link.restore(); });
  }
}

void World::set_rare_paths(double chance_max, std::vector<std::string> points) {
  run_.rare_paths.set(chance_max, std::move(points), options_.seed);
}

void World::crash(Machine& machine) {
  if (!machine.powered()) return;
  record("world.machine_crashed", {{"machine", machine.name()}});
  machine.set_power(false);
  for (auto& program : programs_) {
    if (&program->machine() != &machine) continue;
    if (program->alive()) to_boot_.push_back(program.get());
    program->kill();
    program->disk().crash();
  }
  machine.forget_connections();
}

void World::boot(Machine& machine) {
  if (machine.powered()) return;
  record("world.machine_booted", {{"machine", machine.name()}});
  machine.set_power(true);
  std::vector<Program*> programs;
  std::erase_if(to_boot_, [&](Program* program) {
    if (&program->machine() != &machine) return false;
    programs.push_back(program);
    return true;
  });
  for (Program* program : programs) program->start();
}

void World::set_rdma(Machine& machine, bool on) {
  if (!machine.adapter())
    throw Error(Errc::not_found,
                "an RDMA adapter of machine '" + machine.name() + "'; hosts have one with rdma = true");
  if (machine.adapter()->on() == on) return;
  record(on ? "world.rdma_up" : "world.rdma_down", {{"machine", machine.name()}});
  machine.adapter()->set_on(on);
}

Outcome World::run_until(std::function<bool()> goal, TimePoint limit) {
  seal();
  run_.goal = std::move(goal);
  run_.goal_reached = false;
  run_.progressed();
  bool idle = false;
  if (!run_.goal_reached && limit >= now()) {
    const auto stop = ns3::Simulator::Schedule(until(limit), [&idle] {
      idle = ns3::Simulator::IsFinished();
      ns3::Simulator::Stop();
    });
    const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    ns3::Simulator::Run();
    wall_seconds_ += seconds(CLOCK_MONOTONIC) - wall;
    cpu_seconds_ += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    ns3::Simulator::Remove(stop);
  }
  run_.goal = nullptr;
  if (run_.failure) std::rethrow_exception(std::exchange(run_.failure, nullptr));
  check_isolation();
  if (run_.livelock) return Outcome::livelock;
  if (run_.goal_reached) return Outcome::reached;
  return idle ? Outcome::deadlock : Outcome::timed_out;
}

Outcome World::run_until(TimePoint limit) {
  return run_until([] { return false; }, limit);
}

void World::record(std::string_view name, platform::Fields fields) {
  if (sink_) sink_({now(), "world", name, std::move(fields)});
}

Statistics World::statistics() const {
  return {.events = ns3::Simulator::GetEventCount(),
          .turns = run_.turns,
          .handlers = run_.handlers,
          .packets = run_.packets,
          .dropped = run_.dropped,
          .wall_seconds = wall_seconds_,
          .cpu_seconds = cpu_seconds_};
}

void World::check_isolation() const {
  for (const auto& program : programs_)
    if (program->used_reactor())
      throw Error(Errc::internal, "process '" + program->name() + "' used a real timer or socket of Asio");
}

}  // namespace dwcp::sim
