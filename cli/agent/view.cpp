#include "cli/agent/view.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace dwcp::cli {
namespace {

using reports::Ink;
using reports::Style;

constexpr std::size_t bar_width = 20;
constexpr std::size_t title_max = 32;
constexpr auto line_interval_least = std::chrono::seconds(1);
constexpr auto line_interval_longest = std::chrono::seconds(10);

// Fields of foreign JSON: what is missing, or is something else, is zero.
std::uint64_t whole(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}
Duration seconds(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  constexpr double longest = 1e9;
  return found != json.end() && found->is_number() ? from_seconds(std::clamp(found->get<double>(), 0.0, longest))
                                                   : Duration(0);
}
std::string text(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}
bool flag(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}
const OrderedJson& part(const OrderedJson& json, const char* key) {
  static const OrderedJson none = OrderedJson::object();
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? none : *found;
}
unsigned small(const OrderedJson& json, const char* key) { return static_cast<unsigned>(whole(json, key)); }

// Short names and words of the agent's, and nothing that a terminal would obey.
std::string harmless(std::string words) {
  std::erase_if(words, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return words;
}

std::string phase_words(const OrderedJson& job) {
  if (text(job, "state") == "waiting") return "waits its turn";
  const OrderedJson& progress = part(job, "progress");
  const std::string phase = text(progress, "phase");
  if (phase == "copying") return "round " + std::to_string(whole(progress, "round"));
  if (phase == "switching_over") return "switching over";
  if (phase == "fetching") return "runs there, fetches its pages";
  return "starting";
}

// What is told besides the phase, most important first.
std::vector<std::string> figures(const OrderedJson& job) {
  const OrderedJson& p = part(job, "progress");
  std::vector<std::string> list;
  if (const auto rate = whole(p, "goodput_bps"); rate > 0) list.push_back(to_string(BitRate(rate)));
  if (const auto eta = seconds(p, "eta_s"); eta > Duration(0)) list.push_back(to_string(eta) + " left");
  const bool decides = text(p, "phase") == "copying";
  if (const auto downtime = seconds(p, "downtime_predicted_s"); decides && downtime > Duration(0))
    list.push_back("downtime " + to_string(downtime) + " predicted");
  if (const auto dirty = whole(p, "dirty_rate_bps"); decides && dirty > 0)
    list.push_back("dirties " + to_string(BitRate(dirty)));
  if (const auto throttle = whole(p, "throttle_percent"); throttle > 0)
    list.push_back("throttled " + std::to_string(throttle) + " %");
  if (const auto total = whole(p, "disk_bytes_total"); total > 0)
    list.push_back("disks " + to_string(Bytes(whole(p, "disk_bytes_copied"))) + " of " + to_string(Bytes(total)));
  if (flag(job, "cancel_asked")) list.insert(list.begin(), "cancelling");
  return list;
}

std::string title(const OrderedJson& job) { return harmless(text(job, "vm")) + " → " + harmless(text(job, "to")); }

}  // namespace

double share_done(const OrderedJson& job) {
  if (text(job, "state") == "ended") return 1;
  const OrderedJson& p = part(job, "progress");
  const double done = static_cast<double>(whole(p, "bytes_sent")) + static_cast<double>(whole(p, "disk_bytes_copied"));
  const double all = static_cast<double>(whole(p, "bytes_sent")) + static_cast<double>(whole(p, "bytes_remaining")) +
                     static_cast<double>(whole(p, "disk_bytes_total"));
  return all > 0 ? std::clamp(done / all, 0.0, 1.0) : 0;
}

std::string progress_line(const OrderedJson& job, const Style& style) {
  std::string words = " " + reports::pad_left(reports::percent_text(share_done(job)), 6) + "  " + phase_words(job);
  for (const std::string& figure : figures(job)) words += " · " + figure;
  const std::string head = reports::cut(title(job), title_max);
  const std::size_t used = reports::columns(head) + bar_width + 5;
  const std::size_t room = style.width > used ? style.width - used : 0;
  return "  " + reports::paint(style, Ink::bold, head) + "  " + reports::bar(style, share_done(job), bar_width) +
         reports::paint(style, Ink::dim, reports::cut(words, room));
}

std::string progress_words(const OrderedJson& job) {
  std::string words = title(job) + ": " + phase_words(job);
  if (text(job, "state") == "running") words += ", " + reports::percent_text(share_done(job));
  for (const std::string& figure : figures(job)) words += ", " + figure;
  return words;
}

reports::MigrationResult migration_result(const OrderedJson& report) {
  reports::MigrationResult m;
  m.vm = harmless(text(report, "vm"));
  m.from = harmless(text(report, "from"));
  m.to = harmless(text(report, "to"));
  m.outcome = harmless(text(report, "outcome"));
  m.reason = harmless(text(report, "reason"));
  m.total_time = seconds(report, "total_time_s");
  m.downtime = seconds(report, "downtime_s");
  m.downtime_predicted = seconds(part(report, "forecast"), "downtime_s");
  m.downtime_wanted = seconds(part(report, "forecast"), "downtime_max_s");
  m.rounds = small(report, "rounds");
  m.throttle_percent = small(report, "throttle_percent");
  m.forced_stop = flag(report, "forced_stop");
  m.security = harmless(text(report, "security"));
  m.bytes_guest = Bytes(whole(report, "bytes_guest"));
  m.bytes_wire = Bytes(whole(report, "bytes_wire"));
  m.bytes_resent = Bytes(whole(report, "bytes_resent"));
  m.goodput = BitRate(whole(report, "goodput_bps"));
  for (const auto& [name, bytes] : part(report, "classes").items())
    if (bytes.is_object())
      m.classes.push_back({harmless(name), Bytes(whole(bytes, "bytes_in")), Bytes(whole(bytes, "bytes_out"))});
  return m;
}

MigrationProgress::MigrationProgress(bool quiet)
    : quiet_(quiet), terminal_(reports::is_terminal(STDERR_FILENO)), style_(reports::style_of(STDERR_FILENO)) {}

void MigrationProgress::show(const OrderedJson& job) {
  if (quiet_) return;
  if (terminal_) {
    std::cerr << "\r\x1b[K" << progress_line(job, style_) << std::flush;
    drawn_ = true;
    return;
  }
  // A change of phase is told at once; the way, and that there is news at all, now and then.
  const auto now = std::chrono::steady_clock::now();
  const std::string phase = text(job, "state") + text(part(job, "progress"), "phase");
  const int tenth = static_cast<int>(share_done(job) * 10);
  const bool due = now - last_line_ >= (tenth == tenth_ ? line_interval_longest : line_interval_least);
  if (phase == phase_ && !due) return;
  phase_ = phase;
  tenth_ = tenth;
  last_line_ = now;
  std::cerr << "dwcp: " << progress_words(job) << std::endl;
}

void MigrationProgress::clear() {
  if (!drawn_) return;
  std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

namespace {

class StatusView {
 public:
  StatusView(const OrderedJson& status, const Style& style) : s_(status), style_(style) {}

  std::string render() {
    line(reports::paint(style_, Ink::bold, harmless(text(s_, "node"))) +
         dim("  cluster " + harmless(text(s_, "cluster")) + " · up " + to_string(seconds(s_, "uptime_s")) + " · dwcp " +
             harmless(text(s_, "version"))));
    if (!flag(s_, "ready")) line(bad("not ready: settles what its former life left behind"));
    guests();
    for (const OrderedJson& over : part(s_, "unsettled")) unsettled(over);
    for (const OrderedJson& guest : part(s_, "incoming"))
      line("↓ " + harmless(text(guest, "vm")) + dim("  is coming in"));
    migrations();
    return text_;
  }

 private:
  std::string dim(const std::string& words) const { return reports::paint(style_, Ink::dim, words); }
  std::string bad(const std::string& words) const { return reports::paint(style_, Ink::bad, words); }
  void line(const std::string& words = "") { text_ += words.empty() ? "\n" : "  " + words + "\n"; }

  void guests() {
    line();
    const OrderedJson& list = part(s_, "guests");
    if (const std::string why = harmless(text(s_, "guests_unknown")); !why.empty())
      return line(bad("guests unknown: " + why));
    if (list.empty()) return line(dim("no guest here"));
    line(dim(reports::pad_right("guest", 24) + reports::pad_right("state", 10) + reports::pad_left("memory", 10) +
             reports::pad_left("vCPUs", 8)));
    for (const OrderedJson& guest : list) {
      const std::string note = harmless(text(guest, "note"));
      line(reports::pad_right(reports::cut(harmless(text(guest, "vm")), 23), 24) +
           reports::pad_right(harmless(text(guest, "state")), 10) +
           reports::pad_left(to_string(Bytes(whole(guest, "memory_bytes"))), 10) +
           reports::pad_left(std::to_string(whole(guest, "vcpus")), 8) + (note.empty() ? "" : "  " + bad(note)));
    }
    if (const auto more = whole(s_, "guests_left_off"); more > 0) line(dim("and " + std::to_string(more) + " more"));
  }

  void unsettled(const OrderedJson& over) {
    line(bad("! ") + harmless(text(over, "vm")) + "  " + harmless(text(over, "text")) +
         dim("  epoch " + std::to_string(whole(over, "epoch"))));
  }

  void migrations() {
    const OrderedJson& jobs = part(s_, "migrations");
    if (jobs.empty()) return;
    line();
    for (const OrderedJson& job : jobs) {
      if (text(job, "state") != "ended") {
        text_ += progress_line(job, style_) + "\n";
        continue;
      }
      const reports::MigrationResult m = migration_result(part(job, "report"));
      const bool completed = m.outcome == "completed";
      line(reports::paint(style_, completed ? Ink::good : Ink::bad, completed ? "✓ " : "↺ ") + m.vm + " → " + m.to +
           "  " + m.outcome +
           dim((completed ? "  in " + to_string(m.total_time) + ", downtime " + to_string(m.downtime) : "") + ", " +
               to_string(seconds(job, "ended_s_ago")) + " ago"));
      if (!m.reason.empty()) line("    " + reports::cut(m.reason, style_.width - 6));
    }
  }

  const OrderedJson& s_;
  const Style& style_;
  std::string text_;
};

}  // namespace

std::string render_status(const OrderedJson& status, const Style& style) { return StatusView(status, style).render(); }

}  // namespace dwcp::cli
