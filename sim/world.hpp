// The simulated world: machines, links, processes, faults, and the one clock. Everything follows from one seed: the
// same calls with the same seed give the same records and the same trace hash.
//
// ns-3 has global state: one world at a time in an operating-system process (isolate.hpp runs several side by side).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/link.hpp"
#include "sim/program.hpp"
#include "sim/run.hpp"

namespace dwcp::sim {

// How streams are carried. packet: by ns-3, packet by packet. flow: as fluid, by the model in flow/, at a small part of
// the cost; without RDMA.
enum class Fidelity { packet, flow };

struct WorldOptions {
  std::uint64_t seed = 1;
  Bytes mtu{9000};  // of every link; 576 to 65535
  Fidelity fidelity = Fidelity::packet;
  TcpOptions tcp{};  // `mtu` comes from above; `send_buffer` is the least, raised for hosts with larger paths
};

enum class Outcome {
  reached,    // the goal
  timed_out,  // the limit came first
  deadlock,   // nothing was left to happen: the goal can never be reached
  livelock    // processes keep each other busy, and virtual time does not move on: livelock() says how
};

struct Statistics {
  std::uint64_t events = 0;    // of ns-3
  std::uint64_t turns = 0;     // events that ran code of processes
  std::uint64_t handlers = 0;  // run in them
  std::uint64_t packets = 0;   // delivered by links
  std::uint64_t dropped = 0;   // by loss, full queues and cuts
  double wall_seconds = 0;     // within run_until()
  double cpu_seconds = 0;
};

class World {
 public:
  // Throws Error(internal) when there is another world, Error(bad_value) for an MTU out of range.
  explicit World(const WorldOptions& options = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Building. Names are unique (Error(already_exists)); links may be added until the first run_until(). In flow
  // fidelity a host with RDMA is Error(bad_value).
  Machine& add_host(std::string name, const HostOptions& options = {});
  Machine& add_router(std::string name);
  // Several links between the same two machines are several paths. The name defaults to "a-b", "a-b-2", ...
  Link& add_link(Machine& a, Machine& b, const LinkOptions& options, std::string name = {});
  // A process that is not started yet.
  Program& add_program(Machine& host, std::string name, Main main);
  // The same, started now.
  Program& start(Machine& host, std::string name, Main main);

  // The machine's address on that link, with a port. Precondition: the link is one of the machine's.
  platform::Endpoint endpoint(const Machine& machine, const Link& link, std::uint16_t port) const;
  // On the machine's first link.
  platform::Endpoint endpoint(const Machine& machine, std::uint16_t port) const;

  // Faults. `action` runs at that time, which is not past.
  void at(TimePoint time, std::function<void()> action);
  // Cuts the link for `down`, `times` times, each `period` (> down) after the one before.
  void flap(Link& link, TimePoint first, Duration down, Duration period, unsigned times);
  // Power off: its processes die without a word, what their disks had not synced is torn; and power on, which starts
  // the processes that ran.
  void crash(Machine& machine);
  void boot(Machine& machine);
  // The host's RDMA adapter fails, and works again: its queue pairs fail, and there are no new ones meanwhile. Throws
  // Error(not_found) for a host without HostOptions::rdma.
  void set_rdma(Machine& machine, bool on);

  // Where the engine offers rare paths (Platform::maybe), they are taken with a chance of up to `chance_max`, 0..1: see
  // RarePaths. None without this.
  void set_rare_paths(double chance_max, std::vector<std::string> points = {});

  // Writes what each link carries from now on to <folder>/<link>-forward.pcap and -backward.pcap. The folder exists.
  // Throws Error(storage_failed) naming the file.
  void capture(const std::filesystem::path& folder);
  // Throws Error(storage_failed) when something of it could not be written.
  void end_captures();

  // Lets virtual time pass until `goal` holds (asked after each turn of a process and each action) or `limit` is
  // reached.
  Outcome run_until(std::function<bool()> goal, TimePoint limit);
  // Lets all of it pass until `limit`.
  Outcome run_until(TimePoint limit);
  TimePoint now() const { return virtual_now(); }
  // When a process last did something: the time of a deadlock.
  TimePoint last_turn() const { return run_.last_turn; }
  std::string livelock() const { return run_.livelock.value_or(""); }

  // Gets the records of all processes, and the world's own under the process name "world", in order.
  void set_record_sink(platform::RecordSink sink) { sink_ = std::move(sink); }
  void record(std::string_view name, platform::Fields fields);

  const WorldOptions& options() const { return options_; }
  Statistics statistics() const;
  std::uint64_t trace_hash() const { return run_.trace.value(); }
  const std::vector<std::unique_ptr<Program>>& programs() const { return programs_; }
  const std::vector<std::unique_ptr<Machine>>& machines() const { return machines_; }
  const std::vector<std::unique_ptr<Link>>& links() const { return links_; }
  // Throws Error(internal) naming a process that used real time or sockets. run_until() calls it at its end.
  void check_isolation() const;

 private:
  Machine& add_machine(std::string name, bool router, const HostOptions& options);
  void check_new_name(const std::string& name) const;
  void seal();  // computes the routes and TCP's buffers
  std::optional<flow::Route> flow_route(const Machine& from, std::uint32_t address);
  flow::Path flow_path(NodeIndex from, std::uint32_t address);
  void tune_transports(Machine& from, NodeIndex end, const Topology::NextHops& hops);

  WorldOptions options_;
  Run run_;
  platform::RecordSink sink_;
  Topology topology_;
  flow::Network network_;
  std::map<std::uint32_t, Topology::NextHops> next_hops_;  // that were asked for, by address
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<std::unique_ptr<Capture>> captures_;  // before the links, which refer to them
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::vector<Program*> to_boot_;
  bool sealed_ = false;
  double wall_seconds_ = 0;
  double cpu_seconds_ = 0;
};

std::string to_string(Outcome outcome);

}  // namespace dwcp::sim
