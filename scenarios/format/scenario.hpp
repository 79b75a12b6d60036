// A scenario as the program sees it. What each field means, its bounds and its default are said once, in table.cpp,
// from where the JSON Schema and docs/reference/scenario.md come too.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/binding.hpp"
#include "scenarios/format/rate_trace.hpp"
#include "scenarios/format/threshold.hpp"

namespace dwcp::scenarios {

enum class WorldKind { sim, live };
enum class Fidelity { packet, flow };
enum class Mode { automatic, datacenter, internet, hybrid };

struct Host {
  std::string site;
  Bytes memory = GiB(64);
  unsigned cores = 8;
  bool rdma = false;
};

struct Link {
  std::string name;  // "a--b" when not given; a second one of the same pair "a--b-2"
  std::vector<std::string> between;
  BitRate rate{0};
  Duration delay{0};
  Duration jitter{0};
  Fraction loss{};
  double loss_burst = 1;
  Fraction duplicate{}, reorder{}, corrupt{};
  std::optional<Bytes> queue{};
  std::optional<std::string> trace{};  // of rates, relative to the scenario's file
  std::vector<RateSample> samples{};   // of the trace
};

// Racks of equal hosts, each with a switch, and one spine that joins these.
struct Fabric {
  unsigned racks = 1, hosts = 1;  // hosts of each rack
  BitRate rate{0};                // of each host's port
  double oversubscription = 1;    // what the ports of a rack carry together, as a multiple of its uplink
  Duration delay = std::chrono::microseconds(1);  // of each link, one way
  Host host;                                      // each of them
};

struct Topology {
  Bytes mtu{9000};
  std::optional<Fabric> fabric;  // its parts are in `hosts`, `switches` and `links` too, once the scenario is read
  std::vector<std::string> sites;
  std::map<std::string, Host> hosts;
  std::vector<std::string> switches;
  std::vector<Link> links;
};

struct Content {
  Fraction zero{0.30}, repetitive{0.40}, low_entropy{0.20}, random{0.10};
};

// What a guest's writes are, as shares of them.
struct WriteMix {
  Fraction text{0}, counters{0}, random{0}, freed{0};
};

enum class DirtyPattern { none, constant, bursty, sinusoidal, zipf, trace };
struct Dirtying {
  DirtyPattern pattern = DirtyPattern::none;
  BitRate rate{0};
  Bytes working_set = MiB(64);
  Duration period = std::chrono::seconds(2);
  Fraction burst{0.25};
  double exponent = 1.0;
  std::optional<std::string> trace;  // of `trace`, relative to the scenario's file
  Fraction changed{0.10};
  std::optional<WriteMix> writes;
};

struct Vm {
  std::string host;
  Bytes memory = MiB(256);
  unsigned vcpus = 2;
  Content content;
  std::optional<std::string> image;
  Dirtying dirty;
};

enum class Congestion { platform_default, bbr, cubic };
enum class Security { tls, plain_text };

// Least `chunk` that a migration works with: migration::chunk_least.
constexpr Bytes engine_chunk_least = KiB(512);

struct Engine {
  std::optional<unsigned> streams, streams_min;
  std::optional<Congestion> congestion;
  bool rdma = true;
  std::optional<BitRate> rate_limit;
  std::optional<Bytes> chunk;
  std::optional<Bytes> window;
  std::optional<Duration> resume_timeout;
  Bytes delta_cache = MiB(256);
  Bytes match_window = MiB(256);
  bool compress = true;
  Security security = Security::tls;
};

enum class NotConverging { stop_guest, cancel };
struct MigrationPolicy {
  Duration downtime = std::chrono::milliseconds(300);
  unsigned throttle_max = 99;
  unsigned rounds_max = 30;
  NotConverging not_converging = NotConverging::stop_guest;
  Duration switchover_timeout = std::chrono::seconds(30);
};

struct MigrateEvent {
  std::string vm, to;
  MigrationPolicy policy;
};
struct CancelEvent {
  std::string vm;
};
// Every VM of a host, to others.
struct EvacuateEvent {
  std::string host;
  std::vector<std::string> to;  // empty: to all others that it reaches
  unsigned at_once = 4;
  MigrationPolicy policy;
};
// A VM moves to another host again and again, both drawn from the seed.
struct ChurnEvent {
  Duration every{0}, until{0};
  std::vector<std::string> vms;  // empty: any
  MigrationPolicy policy;
};
struct Event {
  Duration at{0};
  std::optional<MigrateEvent> migrate;
  std::optional<CancelEvent> cancel;
  std::optional<EvacuateEvent> evacuate;
  std::optional<ChurnEvent> churn;
};

// Faults of links act on the link named, or on all links when it is "all". Forward is from the first end to the second.
enum class LinkDirection { both, forward, backward };
struct CutFault {
  std::string link;
  std::optional<Duration> lasting;
  LinkDirection direction = LinkDirection::both;
};
struct FlapFault {
  std::string link;
  unsigned times = 3;
  Duration down = std::chrono::milliseconds(500), up = std::chrono::milliseconds(500);
};
struct LinkChange {
  std::string link;
  std::optional<BitRate> rate;
  std::optional<Duration> delay, jitter;
  std::optional<Fraction> loss;
  std::optional<double> loss_burst;
  std::optional<Fraction> duplicate, reorder, corrupt;
  LinkDirection direction = LinkDirection::both;
};
struct PartitionFault {
  std::vector<std::string> nodes;  // hosts and switches; the others are the other side
  std::optional<Duration> lasting;
};
struct ProcessFault {
  std::string host;
  std::optional<Duration> restart_after;
};
struct StorageFault {
  std::string host;
  std::optional<Bytes> capacity;
  std::optional<Duration> access, sync;
  std::optional<BitRate> rate;
  bool tear = false;
};
struct RdmaFault {
  std::string host;
  std::optional<Duration> lasting;
};
// A clock that tells another date, or runs fast or slow.
struct ClockFault {
  std::string host;
  std::optional<Duration> ahead, behind;
  std::optional<double> drift_ppm;  // how much faster it runs, -100,000..100,000 in 10^6
  std::optional<Duration> lasting;
};
// A host that is short of memory.
struct MemoryFault {
  std::string host;
  Bytes left{0};
  std::optional<Duration> lasting;
};
// Rare paths that the engine offers (Platform::maybe).
struct RareFault {
  Fraction chance{0.01};
  std::vector<std::string> points;  // all when empty
};
enum class RandomKind { cut, flap, kill, crash, memory };
struct RandomFaults {
  Duration from{0}, until{0};
  unsigned count_min = 1, count_max = 4;
  std::vector<RandomKind> kinds;
  Duration outage_max = std::chrono::seconds(2);
};
struct Fault {
  std::optional<Duration> at;
  std::optional<CutFault> cut;
  std::optional<FlapFault> flap;
  std::optional<LinkChange> change;
  std::optional<PartitionFault> partition;
  std::optional<ProcessFault> kill, crash;
  std::optional<StorageFault> storage;
  std::optional<RdmaFault> rdma_down;
  std::optional<ClockFault> clock;
  std::optional<MemoryFault> memory;
  std::optional<RareFault> rare;
  std::optional<RandomFaults> random;
};

struct Expectation {
  std::string that;
  bool abort = false;
  Duration after{0};
  Threshold threshold;  // `that`, parsed
};

struct Scenario {
  std::filesystem::path file;
  std::string name, about;
  std::uint64_t seed = 1;
  Duration duration = std::chrono::minutes(10);
  Mode mode = Mode::automatic;
  WorldKind world = WorldKind::sim;
  Fidelity fidelity = Fidelity::packet;
  unsigned repeat = 1;
  Topology topology;
  std::map<std::string, Vm> vms;
  Engine engine;
  std::vector<Event> events;
  std::vector<Fault> faults;
  std::vector<Expectation> expect;
  std::map<std::string, std::vector<Json>> sweep;  // values by key, as in --set
  std::vector<std::string> swept;                  // of sweep: what this one was given, as for --set (load_sweep)
  std::string hash;                                // Document::hash
  std::vector<std::string> overrides;              // Document::overrides
};

template <>
struct Choices<WorldKind> {
  static constexpr std::array<std::string_view, 2> names{"sim", "live"};
};
template <>
struct Choices<Fidelity> {
  static constexpr std::array<std::string_view, 2> names{"packet", "flow"};
};
template <>
struct Choices<Mode> {
  static constexpr std::array<std::string_view, 4> names{"auto", "datacenter", "internet", "hybrid"};
};
template <>
struct Choices<DirtyPattern> {
  static constexpr std::array<std::string_view, 6> names{"none", "constant", "bursty", "sinusoidal", "zipf", "trace"};
};
template <>
struct Choices<Congestion> {
  static constexpr std::array<std::string_view, 3> names{"default", "bbr", "cubic"};
};
template <>
struct Choices<Security> {
  static constexpr std::array<std::string_view, 2> names{"tls", "plain-text"};
};
template <>
struct Choices<NotConverging> {
  static constexpr std::array<std::string_view, 2> names{"stop-guest", "cancel"};
};
template <>
struct Choices<LinkDirection> {
  static constexpr std::array<std::string_view, 3> names{"both", "forward", "backward"};
};
template <>
struct Choices<RandomKind> {
  static constexpr std::array<std::string_view, 5> names{"cut", "flap", "kill", "crash", "memory"};
};

}  // namespace dwcp::scenarios
