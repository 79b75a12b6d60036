#include "reports/perfetto.hpp"

#include <algorithm>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

namespace dwcp::reports {
namespace {

using TraceJson = nlohmann::ordered_json;

// What begins a slice on a track, and what ends it. The track is named by fields of the event.
struct SliceKind {
  const char *begins, *ends;
  const char* key;    // the field by which an end finds its beginning
  const char* name;   // of the slice
  const char* track;  // begins the name of the track
};
constexpr SliceKind slice_kinds[] = {
    {"migration.started", "migration.ended", "vm", "migration", "migration of "},
    {"amst.stream_joined", "amst.stream_lost", "connection", "connection", "connection "},
    {"amst.stream_joined", "amst.stream_retired", "connection", "connection", "connection "},
    {"amst.session_opened", "amst.session_ended", "peer", "session", "session with "},
    {"amst.suspended", "amst.resumed", "peer", "no connection", "session with "},
    {"world.link_cut", "world.link_restored", "link", "cut", "link "},
    {"world.process_started", "world.process_killed", "process", "runs", "process "},
};

// Counters: the event, its field, and the name of the counter.
struct CounterKind {
  const char *event, *field, *name;
};
constexpr CounterKind counter_kinds[] = {
    {"migration.progress", "remaining_bytes", "left to send, bytes"},
    {"migration.progress", "goodput_bps", "goodput, bit/s"},
    {"migration.progress", "dirty_bps", "dirtied, bit/s"},
    {"amst.stream_path", "rtt_ns", "round trip, ns"},
};

class TraceWriter {
 public:
  explicit TraceWriter(std::ostream& out) : out_(out) { out_ << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["; }

  void event(const TraceJson& e) {
    const std::string source = e.at("source"), name = e.at("event");
    const int process = process_of(source.substr(0, source.find('/')));
    const double at = e.at("time_ns").get<double>() / 1000;
    last_ = std::max(last_, at);
    rounds(e, process, name, at);
    for (const CounterKind& kind : counter_kinds)
      if (name == kind.event && e.contains(kind.field)) {
        const std::string of = e.contains("vm") ? std::string(e["vm"]) : std::string(e.value("peer", ""));
        const std::string which = e.contains("connection") ? " " + e["connection"].dump() : "";
        put({{"ph", "C"},
             {"pid", process},
             {"ts", at},
             {"name", of + which + ": " + kind.name},
             {"args", {{"value", e[kind.field]}}}});
      }
    bool sliced = false;
    if (name == "amst.session_ended") end_what_it_has(process, e.value("peer", ""), at);
    for (const SliceKind& kind : slice_kinds) sliced = slice(kind, e, process, name, at) || sliced;
    if (!sliced && name != "migration.progress" && name != "amst.stream_path")
      put({{"ph", "i"},
           {"s", name == "scenario.fault" ? "g" : "p"},
           {"pid", process},
           {"tid", track_of(process, "events")},
           {"ts", at},
           {"name", name == "scenario.fault" ? std::string(e.value("what", name)) : name},
           {"args", fields_of(e)}});
  }

  void finish() {
    while (!open_.empty()) close(open_.begin(), last_, TraceJson::object());
    out_ << "\n]}\n";
  }

 private:
  struct Open {
    int process, track;
    double at;
    std::string name;
    TraceJson args;
  };
  using OpenSlices = std::map<std::string, Open>;

  void put(const TraceJson& json) {
    out_ << (std::exchange(first_, false) ? "\n" : ",\n")
         << json.dump(-1, ' ', false, TraceJson::error_handler_t::replace);
  }

  static TraceJson fields_of(const TraceJson& e) {
    TraceJson fields = e;
    for (const char* key : {"time_ns", "source", "event"}) fields.erase(key);
    return fields;
  }

  int process_of(const std::string& name) {
    const auto [it, is_new] = processes_.try_emplace(name, static_cast<int>(processes_.size()) + 1);
    if (is_new) put({{"ph", "M"}, {"pid", it->second}, {"name", "process_name"}, {"args", {{"name", name}}}});
    return it->second;
  }

  int track_of(int process, const std::string& name) {
    const auto [it, is_new] = tracks_.try_emplace({process, name}, static_cast<int>(tracks_.size()) + 1);
    if (is_new)
      put({{"ph", "M"}, {"pid", process}, {"tid", it->second}, {"name", "thread_name"}, {"args", {{"name", name}}}});
    return it->second;
  }

  void open(const std::string& key, int process, const std::string& track, double at, std::string name,
            TraceJson args) {
    open_.insert_or_assign(key, Open{process, track_of(process, track), at, std::move(name), std::move(args)});
  }

  void close(OpenSlices::iterator slice, double at, const TraceJson& more) {
    Open& o = slice->second;
    o.args.update(more);
    put({{"ph", "X"},
         {"pid", o.process},
         {"tid", o.track},
         {"ts", o.at},
         {"dur", at - o.at},
         {"name", o.name},
         {"args", std::move(o.args)}});
    open_.erase(slice);
  }

  bool slice(const SliceKind& kind, const TraceJson& e, int process, const std::string& name, double at) {
    if (name != kind.begins && name != kind.ends) return false;
    if (!e.contains(kind.key)) return false;
    const std::string value = e[kind.key].is_string() ? std::string(e[kind.key]) : e[kind.key].dump();
    const std::string key = std::to_string(process) + "/" + kind.track + value + "/" + kind.name;
    if (name == kind.begins) {
      open(key, process, kind.track + value, at, kind.name, fields_of(e));
    } else if (const auto slice = open_.find(key); slice != open_.end()) {
      close(slice, at, fields_of(e));
    } else {
      return false;
    }
    return true;
  }

  // A session with the peer: its connections, and the time for which it has none.
  void end_what_it_has(int process, const std::string& peer, double at) {
    for (auto it = open_.begin(); it != open_.end();) {
      const auto slice = it++;
      const Open& o = slice->second;
      if (o.process == process && (o.name == "connection" || o.name == "no connection") &&
          o.args.value("peer", "") == peer)
        close(slice, at, TraceJson::object());
    }
  }

  // Rounds of a migration, and the time for which its guest stands still, on the migration's own track.
  void rounds(const TraceJson& e, int process, const std::string& name, double at) {
    if (!e.contains("vm")) return;
    const std::string vm = e["vm"], track = "migration of " + vm;
    const auto end = [&](const std::string& key) {
      if (const auto slice = open_.find(key); slice != open_.end()) close(slice, at, TraceJson::object());
    };
    const std::string round = "round of " + vm, stopped = "stopped " + vm;
    if (name == "migration.progress" && e.contains("round") && !open_.contains(stopped)) {
      const std::string text = "round " + e["round"].dump();
      const auto slice = open_.find(round);
      if (slice != open_.end() && slice->second.name == text) return;
      end(round);
      open(round, process, track, at, text, TraceJson::object());
    } else if (name == "migration.guest_stopped") {
      end(round);
      open(stopped, process, track, at, "guest stopped", TraceJson::object());
    } else if (name == "guest.changed" && e.value("state", "") == "running") {
      end(stopped);
    } else if (name == "migration.ended") {
      end(round);
      end(stopped);
    }
  }

  std::ostream& out_;
  bool first_ = true;
  double last_ = 0;
  std::map<std::string, int> processes_;
  std::map<std::pair<int, std::string>, int> tracks_;
  OpenSlices open_;
};

}  // namespace

void write_perfetto(std::istream& events, std::ostream& trace) {
  TraceWriter writer(trace);
  std::string line;
  for (std::size_t number = 1; std::getline(events, line); ++number) {
    if (line.empty()) continue;
    try {
      writer.event(TraceJson::parse(line));
    } catch (const TraceJson::exception& error) {
      throw Error(Errc::bad_value, "line " + std::to_string(number) + " is no event: " + error.what());
    }
  }
  writer.finish();
}

}  // namespace dwcp::reports
