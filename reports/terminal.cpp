#include "reports/terminal.hpp"

#include <algorithm>
#include <cstdio>

namespace dwcp::reports {
namespace {

using dwcp::to_string;

constexpr std::size_t margin = 2;

std::string indent(const std::string& text) { return std::string(margin, ' ') + text + "\n"; }

class ResultView {
 public:
  ResultView(const Result& result, const Style& style) : r_(result), style_(style), width_(style.width - 2 * margin) {}

  std::string render(const std::string& folder) {
    header();
    for (const MigrationResult& migration : r_.migrations) show(migration);
    thresholds();
    violations();
    verdict(folder);
    return text_;
  }

  std::string render(const MigrationResult& migration) {
    show(migration);
    line();
    return text_;
  }

 private:
  std::string dim(std::string_view text) const { return paint(style_, Ink::dim, text); }
  void line(std::string text = "") {
    while (text.ends_with(' ')) text.pop_back();
    text_ += text.empty() ? "\n" : indent(text);
  }
  // Left and right ends of one line.
  void spread(const std::string& left, const std::string& right) {
    const std::size_t used = columns(left) + columns(right);
    line(left + std::string(used + 2 < width_ ? width_ - used : 2, ' ') + right);
  }
  void rule() {
    std::string dashes;
    for (std::size_t i = 0; i < width_; ++i) dashes += "─";
    line(dim(dashes));
  }

  void header() {
    line();
    const std::string how = r_.world != "sim" ? "live" : r_.fidelity == "flow" ? "simulated as flows" : "simulated";
    spread(paint(style_, Ink::bold, r_.scenario), dim(how + " · seed " + std::to_string(r_.seed)));
    if (!r_.about.empty()) line(dim(cut(r_.about, width_)));
  }

  // Two pairs of label and figure, and what explains the second.
  void row(std::string_view label, const std::string& value, std::string_view label2, const std::string& value2,
           const std::string& note = "") {
    line(dim(pad_right(std::string(label), 11)) + pad_left(value, 11) + "    " +
         dim(pad_right(std::string(label2), 13)) + pad_left(value2, 11) + (note.empty() ? "" : "  " + note));
  }

  void show(const MigrationResult& m) {
    const bool completed = m.outcome == "completed";
    line();
    spread(paint(style_, Ink::bold, m.vm) + "  " + m.from + " → " + m.to,
           paint(style_, completed ? Ink::good : Ink::bad, outcome_text(m)));
    rule();
    if (!m.reason.empty()) line(cut(m.reason, width_));
    row("total time", m.total_time > Duration::zero() ? to_string(m.total_time) : "–", "downtime",
        completed ? to_string(m.downtime) : "–", downtime_note(m));
    row("rounds", std::to_string(m.rounds), "throttled", std::to_string(m.throttle_percent) + " %",
        m.forced_stop ? "guest stopped by policy" : "");
    if (m.path_capacity.value > 0)
      row("goodput", to_string(m.goodput), "link carries", to_string(m.path_capacity),
          bar(style_, m.utilisation(), 12) + " " + percent_text(m.utilisation()));
    else
      row("goodput", to_string(m.goodput), "", "");
    if (!m.security.empty())
      line(dim(pad_right("security", 11)) + "  " +
           (m.security.starts_with("none") ? paint(style_, Ink::bad, m.security) : m.security));
    const double resent = m.bytes_wire.value == 0
                              ? 0
                              : static_cast<double>(m.bytes_resent.value) / static_cast<double>(m.bytes_wire.value);
    row("on the wire", to_string(m.bytes_wire), "resent", to_string(m.bytes_resent), dim(percent_text(resent)));
    if (m.wrong_pages > 0)
      line(paint(style_, Ink::bad, "✗ " + std::to_string(m.wrong_pages) + " pages differ at the destination"));
    classes(m);
  }

  static std::string outcome_text(const MigrationResult& m) {
    if (m.outcome == "completed") return "✓ completed";
    if (m.outcome == "rolled_back") return "↺ runs on at the source";
    if (m.outcome == "cancelled") return "↺ cancelled, runs on at the source";
    if (m.outcome == "undecided") return "? handed over, not confirmed";
    return "✗ " + m.outcome;
  }

  std::string downtime_note(const MigrationResult& m) const {
    if (m.outcome != "completed") return "";
    const std::string allowed = m.downtime_wanted > Duration::zero() ? "max " + to_string(m.downtime_wanted) : "";
    if (m.downtime_predicted <= Duration::zero()) return dim(allowed);
    return dim(to_string(m.downtime_predicted) + " forecast" + (allowed.empty() ? "" : ", " + allowed));
  }

  void classes(const MigrationResult& m) {
    Bytes in{0}, out{0}, in_max{1};
    for (const ClassBytes& c : m.classes) {
      in += c.in;
      out += c.out;
      in_max = std::max(in_max, c.in);
    }
    if (in.value == 0) return;
    line();
    line(dim(pad_right("encoding", 11) + pad_left("guest", 11) + "   " + pad_left("wire", 11) + "  " +
             pad_left("ratio", 9)));
    for (const ClassBytes& c : m.classes)
      if (c.in.value > 0 || c.out.value > 0) class_row(c, in_max);
    line(paint(style_, Ink::bold,
               pad_right("total", 11) + pad_left(to_string(in), 11) + "   " + pad_left(to_string(out), 11) + "  " +
                   pad_left(ratio_text(in, out), 9)));
  }

  void class_row(const ClassBytes& c, Bytes in_max) {
    const auto room = static_cast<double>(width_ - 50);
    const double whole = static_cast<double>(c.in.value) / static_cast<double>(in_max.value) * room;
    const double sent = static_cast<double>(c.out.value) / static_cast<double>(in_max.value) * room;
    const auto solid = static_cast<std::size_t>(std::min(sent, room) + 0.5);
    const auto length = std::max(static_cast<std::size_t>(whole + 0.5), solid);
    std::string wire, saved;
    for (std::size_t i = 0; i < solid; ++i) wire += "█";
    for (std::size_t i = solid; i < length; ++i) saved += "░";
    line(pad_right(c.name, 11) + pad_left(c.in.value ? to_string(c.in) : "", 11) + "   " +
         pad_left(to_string(c.out), 11) + "  " + pad_left(ratio_text(c.in, c.out), 9) + "   " +
         paint(style_, Ink::accent, wire) + dim(saved));
  }

  static std::string ratio_text(Bytes in, Bytes out) {
    if (in.value == 0 || out.value == 0) return "";
    const double ratio = static_cast<double>(in.value) / static_cast<double>(out.value);
    char text[32];
    std::snprintf(text, sizeof text, ratio >= 100 ? "%.0f ×" : ratio >= 10 ? "%.1f ×" : "%.2f ×", ratio);
    return text;
  }

  void thresholds() {
    if (r_.thresholds.empty()) return;
    line();
    std::size_t widest = 0;
    for (const ThresholdResult& t : r_.thresholds) widest = std::max(widest, columns(t.expr));
    for (const ThresholdResult& t : r_.thresholds) {
      const std::string name = t.expr.substr(0, t.expr.find_first_of(" <>=!"));
      const std::string value = t.value ? metric_text(name, *t.value) : "no value";
      line(paint(style_, t.ok ? Ink::good : Ink::bad, t.ok ? "✓ " : "✗ ") + pad_right(t.expr, widest) + "   " +
           (t.ok ? dim(pad_left(value, 11)) : paint(style_, Ink::bad, pad_left(value, 11))));
    }
  }

  void violations() {
    constexpr std::size_t shown_max = 10;
    if (r_.violations.empty()) return;
    line();
    for (std::size_t i = 0; i < std::min(r_.violations.size(), shown_max); ++i) {
      const Violation& v = r_.violations[i];
      line(paint(style_, Ink::bad, "✗ " + v.checker) + " at " + to_string(v.time) + ": " + v.detail);
    }
    if (r_.violations.size() > shown_max) line("and " + std::to_string(r_.violations.size() - shown_max) + " more");
  }

  void verdict(const std::string& folder) {
    line();
    const bool passed = r_.verdict == Verdict::passed;
    std::string how = r_.world == "sim"
                          ? to_string(r_.virtual_time) + " simulated in " + to_string(from_seconds(r_.wall_time_s))
                          : to_string(r_.virtual_time);
    if (r_.events > 0)
      how += " · " + count_text(static_cast<double>(r_.events)) + " events, " +
             count_text(static_cast<double>(r_.events) / std::max(r_.wall_time_s, 1e-9)) + "/s";
    line(paint(style_, passed ? Ink::good : Ink::bad, (passed ? "✓ " : "✗ ") + std::string(to_string(r_.verdict))) +
         "   " + dim(how));
    if (!r_.reason.empty()) line("  " + r_.reason);
    if (!folder.empty()) line(dim("  " + folder));
    if (!passed) line("  reproduce: " + r_.reproduce + dim("  (commit " + r_.commit + ")"));
    line();
  }

  const Result& r_;
  const Style& style_;
  std::size_t width_;
  std::string text_;
};

}  // namespace

std::string render_migration(const MigrationResult& migration, const Style& style) {
  const Result none;  // what a run has around its migrations
  return ResultView(none, style).render(migration);
}

std::string render_result(const Result& result, const Style& style, const std::string& folder) {
  return ResultView(result, style).render(folder);
}

}  // namespace dwcp::reports
