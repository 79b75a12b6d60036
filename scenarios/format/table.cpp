#include "scenarios/format/table.hpp"

#include "scenarios/format/metrics.hpp"

namespace dwcp::scenarios {

// Every type that is a field of another needs its table declared before the first use of its binding.
#define DWCP_TABLE(type) \
  template <>            \
  const ObjectTable<type>& table_of<type>()
DWCP_TABLE(Host);
DWCP_TABLE(Link);
DWCP_TABLE(Topology);
DWCP_TABLE(Content);
DWCP_TABLE(WriteMix);
DWCP_TABLE(Dirtying);
DWCP_TABLE(Vm);
DWCP_TABLE(Engine);
DWCP_TABLE(MigrationPolicy);
DWCP_TABLE(MigrateEvent);
DWCP_TABLE(CancelEvent);
DWCP_TABLE(EvacuateEvent);
DWCP_TABLE(ChurnEvent);
DWCP_TABLE(Event);
DWCP_TABLE(CutFault);
DWCP_TABLE(FlapFault);
DWCP_TABLE(LinkChange);
DWCP_TABLE(PartitionFault);
DWCP_TABLE(ProcessFault);
DWCP_TABLE(StorageFault);
DWCP_TABLE(RdmaFault);
DWCP_TABLE(MemoryFault);
DWCP_TABLE(RandomFaults);
DWCP_TABLE(Fault);
DWCP_TABLE(Expectation);

DWCP_TABLE(Host) {
  static const auto table =
      ObjectTable<Host>("host", "A machine that runs VMs and an agent.")
          .optional("site", &Host::site, "The site where it stands, one of `topology.sites`.")
          .optional("memory", &Host::memory, "Memory for VMs; those placed on it must fit.")
          .optional("cores", &Host::cores, "Processors that encode and decode at once.", Range{1, 1024})
          .optional("rdma", &Host::rdma, "Whether it has an RDMA adapter, with a port on each link; in `sim` only.");
  return table;
}

DWCP_TABLE(Link) {
  static const auto table =
      ObjectTable<Link>("link",
                        "Full-duplex, between two hosts, or a host and a switch, or two switches. Each link of a "
                        "destination that the source reaches is a path of their migrations.")
          .optional("name", &Link::name, "What faults call it; `a--b` when left out.")
          .required("between", &Link::between, "The two hosts or switches that it joins.", AtLeast{2})
          .required("rate", &Link::rate, "In each direction.")
          .required("delay", &Link::delay, "One way; the round trip is twice that.")
          .optional("jitter", &Link::jitter, "Delay varies by up to this much around its mean, without reordering.")
          .optional("loss", &Link::loss, "Share of packets lost.")
          .optional("loss_burst", &Link::loss_burst, "Mean number of packets lost in a row; 1 loses independently.",
                    Range{1, 10000})
          .optional("duplicate", &Link::duplicate, "Share of packets that come twice.")
          .optional("reorder", &Link::reorder, "Share of packets that are held back for up to 5 ms, and overtaken.")
          .optional("corrupt", &Link::corrupt,
                    "Share of TCP segments of which a bit is changed that TCP's checksum does not catch.")
          .optional("queue", &Link::queue,
                    "Of the sending side of each direction; one bandwidth-delay product when left out.")
          .optional("trace", &Link::trace,
                    "A file of rates, relative to the scenario: seconds and Mbit/s in each line. The rate follows it, "
                    "again and again, and is never above `rate`.");
  return table;
}

DWCP_TABLE(Fabric) {
  static const auto table =
      ObjectTable<Fabric>(
          "fabric",
          "Racks of equal hosts. Rack 3 of 40 has the switch `rack-03`, which `uplink-03` joins to `spine`; "
          "its hosts are `host-03-01` and so on, each on `port-03-01` and so on.")
          .required("racks", &Fabric::racks, "How many.", Range{1, 1000})
          .required("hosts", &Fabric::hosts, "Of each rack.", Range{1, 1000})
          .required("rate", &Fabric::rate, "Of each host's port.")
          .optional("oversubscription", &Fabric::oversubscription,
                    "What the ports of a rack carry together, as a multiple of its uplink; 1 is full bisection.",
                    Range{0.01, 1000})
          .optional("delay", &Fabric::delay, "Of each link, one way.")
          .optional("host", &Fabric::host, "What each host is.");
  return table;
}

DWCP_TABLE(Topology) {
  static const auto table =
      ObjectTable<Topology>("topology", "The world: who is where, and what joins them.")
          .optional("mtu", &Topology::mtu,
                    "Largest IP packet of all links, 576B to 65000B; larger ones simulate faster.")
          .optional("sites", &Topology::sites, "Names of places, for `host.site`.")
          .optional("hosts", &Topology::hosts, "The hosts by name; at least one, or a fabric.")
          .optional("fabric", &Topology::fabric, "Racks of equal hosts, which need not be named one by one.")
          .optional("switches", &Topology::switches,
                    "Names of machines that pass on what is not for them; hosts do not. In `sim` only.")
          .optional("links", &Topology::links, "What joins them.");
  return table;
}

DWCP_TABLE(Content) {
  static const auto table =
      ObjectTable<Content>("content", "What fills a modelled guest's memory, as shares of its pages that sum to 100%.")
          .optional("zero", &Content::zero, "Pages of zeros.")
          .optional("repetitive", &Content::repetitive, "Pages of repeating text, compressible about 20 times.")
          .optional("low_entropy", &Content::low_entropy, "Pages like program data, compressible about 3 times.")
          .optional("random", &Content::random, "Pages that no codec shrinks.");
  return table;
}

DWCP_TABLE(WriteMix) {
  static const auto table =
      ObjectTable<WriteMix>("writes", "What a guest's writes are, as shares of them that sum to 100%.")
          .optional("text", &WriteMix::text, "The part that is changed becomes text.")
          .optional("counters", &WriteMix::counters,
                    "It is a table of records of 32 bytes, of each of which a counter goes on: most of it stays.")
          .optional("random", &WriteMix::random, "It becomes what no codec shrinks.")
          .optional("freed", &WriteMix::freed, "The whole page is freed, and filled with zeros.");
  return table;
}

DWCP_TABLE(Dirtying) {
  static const auto table =
      ObjectTable<Dirtying>("dirtying", "How the running guest changes its memory.")
          .optional(
              "pattern", &Dirtying::pattern,
              "`constant`: evenly over the working set; `bursty`: in the first part of each period only; "
              "`sinusoidal`: the rate swings between 0 and twice its mean; `zipf`: evenly in time, few pages often "
              "and many rarely; `trace`: what a real guest wrote, again and again.")
          .optional("rate", &Dirtying::rate, "Memory written anew, counted in whole pages, as a mean.")
          .optional("working_set", &Dirtying::working_set, "The part of memory that is written.")
          .optional("period", &Dirtying::period, "Of `bursty` and `sinusoidal`.")
          .optional("burst", &Dirtying::burst, "Share of the period that `bursty` writes in.")
          .optional("exponent", &Dirtying::exponent, "Of `zipf`: the larger, the hotter the hot pages.", Range{0, 4})
          .optional("trace", &Dirtying::trace,
                    "Of `trace`: a file of which pages were written when, relative to the scenario "
                    "(tests/lab/corpus/dirty-trace records them).")
          .optional("changed", &Dirtying::changed, "Share of a page's bytes that a write changes.")
          .optional("writes", &Dirtying::writes,
                    "What the writes are; when left out, program data, and in random pages random bytes.");
  return table;
}

DWCP_TABLE(Vm) {
  static const auto table =
      ObjectTable<Vm>("vm", "A modelled guest.")
          .required("host", &Vm::host,
                    "Where it runs at the beginning. A pattern such as `host-0*`: one on each host that matches, named "
                    "NAME-HOST.")
          .optional("memory", &Vm::memory, "A multiple of 4 KiB; an image must not be larger.")
          .optional("vcpus", &Vm::vcpus, "Virtual processors.", Range{1, 1024})
          .optional("content", &Vm::content, "What its memory holds at the beginning.")
          .optional("image", &Vm::image, "A file of raw memory instead of `content`, relative to the scenario.")
          .optional("dirty", &Vm::dirty, "How it changes its memory.");
  return table;
}

DWCP_TABLE(Engine) {
  static const auto table =
      ObjectTable<Engine>("engine", "Configuration of every agent.")
          .optional("streams", &Engine::streams, "Data streams of a migration; by `mode` when left out.", Range{1, 64})
          .optional("streams_min", &Engine::streams_min,
                    "As many connections on each path as measure to carry the most, from so many up to `streams`; "
                    "always `streams` when left out.",
                    Range{1, 64})
          .optional("congestion", &Engine::congestion, "Congestion control of the streams; by `mode` when left out.")
          .optional("rdma", &Engine::rdma, "Whether data goes by RDMA where both hosts can.")
          .optional("rate_limit", &Engine::rate_limit, "One rate that all streams of a migration share.")
          .optional("chunk", &Engine::chunk, "Largest piece that travels on one stream at once.")
          .optional("window", &Engine::window,
                    "Chunks under way at most; twice the bandwidth-delay product of the paths when left out.")
          .optional("resume_timeout", &Engine::resume_timeout, "How long a session without any stream waits for one.")
          .optional("delta_cache", &Engine::delta_cache, "Memory for the bases of deltas, on each side; 0B: no deltas.")
          .optional("match_window", &Engine::match_window,
                    "Memory for contents that were sent and that others are copied from, on each side; 0B: none are.")
          .optional("compress", &Engine::compress, "Whether pages are compressed.")
          .optional("security", &Engine::security,
                    "`tls`: hosts prove by certificates who they are, and nobody else can read what they say; "
                    "`plain-text`: neither.");
  return table;
}

DWCP_TABLE(MigrationPolicy) {
  static const auto table =
      ObjectTable<MigrationPolicy>("policy", "What is wanted of a migration.")
          .optional("downtime", &MigrationPolicy::downtime, "The switchover begins when it is predicted to be shorter.")
          .optional("throttle_max", &MigrationPolicy::throttle_max,
                    "Percent of processor time that the guest may lose when it writes faster than the path carries.",
                    Range{0, 99})
          .optional("rounds_max", &MigrationPolicy::rounds_max, "After these `not_converging` applies.", Range{2, 1000})
          .optional("not_converging", &MigrationPolicy::not_converging,
                    "`stop-guest`: stop it and accept the downtime; `cancel`: it stays where it is.")
          .optional("switchover_timeout", &MigrationPolicy::switchover_timeout,
                    "A stopped guest whose destination is not ready by then runs on at the source.");
  return table;
}

DWCP_TABLE(MigrateEvent) {
  static const auto table = ObjectTable<MigrateEvent>("migrate", "Moves a VM.")
                                .required("vm", &MigrateEvent::vm, "Which.")
                                .required("to", &MigrateEvent::to, "The host it goes to.")
                                .optional("policy", &MigrateEvent::policy, "What is wanted of it.");
  return table;
}

DWCP_TABLE(CancelEvent) {
  static const auto table = ObjectTable<CancelEvent>("cancel", "Asks a running migration to roll back.")
                                .required("vm", &CancelEvent::vm, "Whose migration.")
                                .shorthand("vm");
  return table;
}

DWCP_TABLE(EvacuateEvent) {
  static const auto table =
      ObjectTable<EvacuateEvent>("evacuate",
                                 "Moves all VMs that a host has at that time to others, largest first, each to the one "
                                 "with the most room.")
          .required("host", &EvacuateEvent::host, "Which host; a pattern: each that matches.")
          .optional("to", &EvacuateEvent::to,
                    "The hosts that take them, or patterns; all that it reaches when left out.")
          .optional("at_once", &EvacuateEvent::at_once, "At most so many at the same time.", Range{1, 1000})
          .optional("policy", &EvacuateEvent::policy, "What is wanted of each.")
          .shorthand("host");
  return table;
}

DWCP_TABLE(ChurnEvent) {
  static const auto table =
      ObjectTable<ChurnEvent>("churn", "Moves a VM to another host again and again, both drawn from the seed.")
          .required("every", &ChurnEvent::every, "The time between two moves, at least 1ms.")
          .required("until", &ChurnEvent::until, "The last begins before, from the beginning of the run.")
          .optional("vms", &ChurnEvent::vms, "Of which VMs; of all when left out.")
          .optional("policy", &ChurnEvent::policy, "What is wanted of each.");
  return table;
}

DWCP_TABLE(Event) {
  static const auto table = ObjectTable<Event>("event", "Something that is asked of the engine.")
                                .required("at", &Event::at, "When, from the beginning.")
                                .optional("migrate", &Event::migrate, "Moves a VM.")
                                .optional("cancel", &Event::cancel, "Rolls a migration back.")
                                .optional("evacuate", &Event::evacuate, "Empties a host.")
                                .optional("churn", &Event::churn, "Moves VMs about.")
                                .exactly_one_of({"migrate", "cancel", "evacuate", "churn"});
  return table;
}

DWCP_TABLE(CutFault) {
  static const auto table = ObjectTable<CutFault>("cut", "A link that carries nothing.")
                                .required("link", &CutFault::link, "Its name, or `all`.")
                                .optional("for", &CutFault::lasting, "How long; to the end when left out.")
                                .optional("direction", &CutFault::direction,
                                          "`forward`: only what goes from the first end to the second; `backward`: "
                                          "only the other way.")
                                .shorthand("link");
  return table;
}

DWCP_TABLE(PartitionFault) {
  static const auto table =
      ObjectTable<PartitionFault>("partition", "Nothing passes between some hosts and switches and all others.")
          .required("nodes", &PartitionFault::nodes, "The one side; links within it, and within the rest, carry on.",
                    AtLeast{1})
          .optional("for", &PartitionFault::lasting, "How long; to the end when left out.")
          .shorthand("nodes");
  return table;
}

DWCP_TABLE(FlapFault) {
  static const auto table = ObjectTable<FlapFault>("flap", "A link that goes down and up again and again.")
                                .required("link", &FlapFault::link, "Its name, or `all`.")
                                .optional("times", &FlapFault::times, "How often.", Range{1, 1000})
                                .optional("down", &FlapFault::down, "How long it is down each time.")
                                .optional("up", &FlapFault::up, "How long it is up in between.")
                                .shorthand("link");
  return table;
}

DWCP_TABLE(LinkChange) {
  static const auto table = ObjectTable<LinkChange>("change", "A link whose properties change.")
                                .required("link", &LinkChange::link, "Its name, or `all`.")
                                .optional("rate", &LinkChange::rate, "The new rate.")
                                .optional("delay", &LinkChange::delay, "The new delay, one way.")
                                .optional("jitter", &LinkChange::jitter, "The new jitter.")
                                .optional("loss", &LinkChange::loss, "The new share of packets lost.")
                                .optional("loss_burst", &LinkChange::loss_burst,
                                          "The new mean number of packets lost in a row.", Range{1, 10000})
                                .optional("duplicate", &LinkChange::duplicate, "The new share that comes twice.")
                                .optional("reorder", &LinkChange::reorder, "The new share that is overtaken.")
                                .optional("corrupt", &LinkChange::corrupt, "The new share of changed segments.")
                                .optional("direction", &LinkChange::direction, "Of which way, as in `cut`.");
  return table;
}

DWCP_TABLE(ProcessFault) {
  static const auto table =
      ObjectTable<ProcessFault>("process fault", "An agent that ends without a word; its guests run on.")
          .required("host", &ProcessFault::host, "Whose agent.")
          .optional("restart_after", &ProcessFault::restart_after, "When it is back; never when left out.")
          .shorthand("host");
  return table;
}

DWCP_TABLE(StorageFault) {
  static const auto table =
      ObjectTable<StorageFault>("storage", "Trouble with a host's storage: full, slow, or torn.")
          .required("host", &StorageFault::host, "Whose.")
          .optional("capacity", &StorageFault::capacity, "Nothing more fits beyond this size.")
          .optional("access", &StorageFault::access, "What each read and write takes besides the transfer from now on.")
          .optional("sync", &StorageFault::sync, "What making it durable takes from now on.")
          .optional("rate", &StorageFault::rate, "Of transfers from now on.")
          .optional("tear", &StorageFault::tear,
                    "From now on the last write that was not synced is torn when the machine crashes.");
  return table;
}

DWCP_TABLE(RdmaFault) {
  static const auto table = ObjectTable<RdmaFault>("rdma_down", "An RDMA adapter that fails; its host's TCP goes on.")
                                .required("host", &RdmaFault::host, "Whose, a host with `rdma`.")
                                .optional("for", &RdmaFault::lasting, "How long; to the end when left out.")
                                .shorthand("host");
  return table;
}

DWCP_TABLE(ClockFault) {
  static const auto table =
      ObjectTable<ClockFault>("clock", "A host whose clock is wrong, for all of its processes.")
          .required("host", &ClockFault::host, "Whose.")
          .optional("ahead", &ClockFault::ahead, "Its date is so far in the future.")
          .optional("behind", &ClockFault::behind, "Its date is so far in the past.")
          .optional("drift_ppm", &ClockFault::drift_ppm,
                    "It gains so many microseconds a second; negative: it loses them.", Range{-100'000, 100'000})
          .optional("for", &ClockFault::lasting, "How long; to the end when left out.");
  return table;
}

DWCP_TABLE(MemoryFault) {
  static const auto table =
      ObjectTable<MemoryFault>("memory",
                               "A host short of memory: what its agent holds within a budget does not grow, and a "
                               "migration that begins gets smaller caches. It takes longer, and nothing else.")
          .required("host", &MemoryFault::host, "Which.")
          .optional("left", &MemoryFault::left,
                    "What its agent may still take, and goes on finding there: others take what it gives back.")
          .optional("for", &MemoryFault::lasting, "How long; to the end when left out.");
  return table;
}

DWCP_TABLE(RareFault) {
  static const auto table =
      ObjectTable<RareFault>("rare",
                             "Rare paths of the engine are taken: a stream dies, a word comes late. Each seed "
                             "draws which of them, and how often.")
          .optional("chance", &RareFault::chance, "Of each, each time that it could be taken: at most this.")
          .optional("points", &RareFault::points, "Only these; all when left out (docs/explore.md lists them).")
          .shorthand("chance");
  return table;
}

DWCP_TABLE(RandomFaults) {
  static const auto table =
      ObjectTable<RandomFaults>("random", "Faults drawn from the seed: kind, time, place and length.")
          .optional("from", &RandomFaults::from, "The earliest.")
          .required("until", &RandomFaults::until, "The latest begins before.")
          .optional("count_min", &RandomFaults::count_min, "At least so many.", Range{0, 1000})
          .optional("count_max", &RandomFaults::count_max, "At most so many.", Range{0, 1000})
          .optional("kinds", &RandomFaults::kinds,
                    "Of which kinds (`cut`, `flap`, `kill`, `crash`, `memory`); the first four when left out.")
          .optional("outage_max", &RandomFaults::outage_max,
                    "A link is back, an agent restarted, memory free again within this time.");
  return table;
}

DWCP_TABLE(Fault) {
  static const auto table =
      ObjectTable<Fault>("fault", "Something that breaks.")
          .optional("at", &Fault::at, "When, from the beginning; needed by all but `random` and `rare`.")
          .optional("cut", &Fault::cut, "A link carries nothing.")
          .optional("flap", &Fault::flap, "A link goes down and up.")
          .optional("change", &Fault::change, "A link gets other properties.")
          .optional("partition", &Fault::partition, "Some hosts and switches are cut off from all others.")
          .optional("kill", &Fault::kill, "An agent's process ends; what it wrote stays, synced or not.")
          .optional("crash", &Fault::crash,
                    "A machine's agent and storage lose what was not synced; the modelled guests outlive it.")
          .optional("storage", &Fault::storage, "Storage runs full, slows down, or tears.")
          .optional("rdma_down", &Fault::rdma_down, "An RDMA adapter fails.")
          .optional("clock", &Fault::clock, "A clock is wrong.")
          .optional("memory", &Fault::memory, "A host is short of memory.")
          .optional("rare", &Fault::rare, "Rare paths of the engine are taken, drawn from the seed.")
          .optional("random", &Fault::random,
                    "Any of cuts, flaps, kills, crashes and short memory, drawn from the seed.")
          .exactly_one_of({"cut", "flap", "change", "partition", "kill", "crash", "storage", "rdma_down", "clock",
                           "memory", "rare", "random"});
  return table;
}

DWCP_TABLE(Expectation) {
  static const auto table =
      ObjectTable<Expectation>("expectation", "A threshold; the run fails when it does not hold at the end.")
          .required("that", &Expectation::that, "`METRIC OPERATOR NUMBER`, such as `amst.link_utilisation >= 0.85`.")
          .optional("abort", &Expectation::abort, "Whether the run ends at once when it does not hold.")
          .optional("after", &Expectation::after, "With `abort`: the time of the first look.")
          .shorthand("that");
  return table;
}

template <>
const ObjectTable<Scenario>& table_of<Scenario>() {
  static const auto table =
      ObjectTable<Scenario>("scenario", "One file, one experiment.")
          .required("name", &Scenario::name, "`suite/name`; results go to `results/<name>/`.")
          .optional("about", &Scenario::about, "What it shows, in a sentence.")
          .optional("seed", &Scenario::seed, "Every random number comes from it.")
          .optional("duration", &Scenario::duration, "The run is aborted when it is not over by then.")
          .optional("mode", &Scenario::mode,
                    "What the engine assumes of the paths: `datacenter` takes 4 streams and CUBIC, `internet` and "
                    "`hybrid` 8 and BBR; `auto` decides by the links (datacenter: round trip below 10 ms and at least "
                    "1 Gbit/s).")
          .optional(
              "world", &Scenario::world,
              "`sim`: in virtual time; `live`: a process for each host and real TCP, on loopback or between network "
              "namespaces.")
          .optional("fidelity", &Scenario::fidelity,
                    "Of `sim`. `packet`: every packet is simulated; `flow`: streams are fluid flows that share links "
                    "fairly, which costs a small part of it ([what it leaves out](../fidelity.md)); without RDMA.")
          .optional("repeat", &Scenario::repeat, "Runs with so many successive seeds.", Range{1, 100000})
          .optional("sweep", &Scenario::sweep,
                    "Runs once with each value in the list of a key, such as `topology.links.wan.loss: [0%, 1%]`; with "
                    "each combination, where there are several keys.")
          .required("topology", &Scenario::topology, "Hosts and links.")
          .required("vms", &Scenario::vms, "The VMs by name.", AtLeast{1})
          .optional("engine", &Scenario::engine, "Configuration of the agents.")
          .optional("events", &Scenario::events, "What is asked of the engine.")
          .optional("faults", &Scenario::faults, "What breaks.")
          .optional("expect", &Scenario::expect, "What must hold.");
  return table;
}

const Shape& scenario_shape() { return table_of<Scenario>().shape(); }

}  // namespace dwcp::scenarios
