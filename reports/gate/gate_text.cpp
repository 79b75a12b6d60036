// The gate's result on the terminal.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "reports/compare/figure_text.hpp"
#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"

namespace dwcp::reports {
namespace {

constexpr std::size_t metric_width = 26, value_width = 12, change_width = 9;
constexpr double explaining_share_min = 0.01;  // what moved less explains nothing
constexpr unsigned wide_from = 110;            // columns
constexpr std::size_t improvements_shown_max = 5, told_shown_max = 6, same_cause_shown_max = 12;

struct Mark {
  const char* mark;
  Ink ink;
};
Mark mark_of(FigureOutcome outcome) {
  switch (outcome) {
    case FigureOutcome::regression:
    case FigureOutcome::gone:
      return {"✗", Ink::bad};
    case FigureOutcome::improvement:
      return {"✓", Ink::good};
    case FigureOutcome::told:
      return {"~", Ink::accent};
    default:
      return {"=", Ink::dim};
  }
}

// "≤ 48.6 MiB", and on wide terminals what that is of the baseline's.
std::string limit_cell(const FigureCheck& f, const Style& style) {
  if (!f.limit.gated) return "";
  if (f.limit.allowed == 0) return "exact";
  const std::string value = metric_text(f.metric, f.limit.both_ways ? f.limit.allowed : f.limit.value);
  const std::string text = (f.limit.both_ways ? "± " : f.limit.good == Good::higher ? "≥ " : "≤ ") + value;
  if (style.width < wide_from || f.baseline == 0) return text;
  char share[32];
  std::snprintf(share, sizeof share, " (%.3g %%)", 100 * f.limit.allowed / std::abs(f.baseline));
  return text + share;
}

std::string figures_head(const Style& style) {
  return "  " +
         paint(style, Ink::dim,
               pad_right("", metric_width + 4) + pad_left("baseline", value_width) + pad_left("now", value_width) +
                   pad_left("change", change_width) + "  limit") +
         "\n";
}

std::string figure_row(const FigureCheck& f, const Style& style) {
  const Mark mark = mark_of(f.outcome);
  const bool gone = f.outcome == FigureOutcome::gone;
  const std::string limit = limit_cell(f, style);
  return "    " + paint(style, mark.ink, mark.mark) + " " +
         pad_right(cut_middle(f.metric, metric_width), metric_width) +
         pad_left(metric_text(f.metric, f.baseline), value_width) +
         pad_left(gone ? "none" : metric_text(f.metric, f.value), value_width) +
         pad_left(gone ? "gone" : change_text(f.baseline, f.value), change_width) +
         (limit.empty() ? "" : "  " + paint(style, Ink::dim, limit)) + "\n";
}

std::string scenario_rows(const ScenarioCheck& s, const Style& style, bool all) {
  std::string rows;
  std::size_t improvements = 0, told = 0, hidden = 0;
  for (const FigureCheck& f : s.figures) {
    const bool wrong = f.outcome == FigureOutcome::regression || f.outcome == FigureOutcome::gone;
    if (!all && !wrong) {
      // What is not gated explains what is: shown beside a regression only.
      const bool improved = f.outcome == FigureOutcome::improvement;
      const bool moved = std::abs(f.value - f.baseline) >= explaining_share_min * std::abs(f.baseline);
      const bool explains = f.outcome == FigureOutcome::told && moved && s.outcome != ScenarioOutcome::passed;
      if (!improved && !explains) continue;
      if (improved ? ++improvements > improvements_shown_max : ++told > told_shown_max) {
        ++hidden;
        continue;
      }
    }
    rows += figure_row(f, style);
  }
  if (hidden > 0) rows += "    " + paint(style, Ink::dim, std::to_string(hidden) + " more (--all)") + "\n";
  return rows;
}

std::string scenario_text(const ScenarioCheck& s, const Style& style, bool all) {
  const bool passed = s.outcome == ScenarioOutcome::passed;
  const std::string since = s.baseline_commit.empty() ? "" : "  since " + s.baseline_commit + ", " + s.baseline_date;
  std::string text = "  " + paint(style, passed ? Ink::good : Ink::bad, passed ? "✓ " : "✗ ") +
                     paint(style, Ink::bold, name_of(s.subject, s.seed)) + paint(style, Ink::dim, since) + "\n";
  const auto say = [&](const std::string& words) { text += wrapped(words, style.width, 4, 4, style, Ink::plain); };
  if (!passed && s.outcome != ScenarioOutcome::regression) say(scenario_words(s));
  if (!s.overrides.empty() && (!passed || all)) {
    std::string set;
    for (const std::string& assignment : s.overrides) set += " " + assignment;
    say("ran with --set" + set);
  }
  text += scenario_rows(s, style, all);
  if (!passed && !s.reproduce.empty()) text += "    reproduce: " + s.reproduce + "\n";
  return text;
}

// Many scenarios of one outcome and without figures to show are named in a list.
std::string scenarios_text(const GateResult& result, const Style& style, bool all) {
  std::string text;
  std::map<ScenarioOutcome, std::size_t> shown;
  for (const ScenarioCheck& s : result.scenarios) {
    const bool improved = s.count(FigureOutcome::improvement) > 0;
    if (s.outcome == ScenarioOutcome::passed && !improved && !all) continue;
    if (++shown[s.outcome] > same_cause_shown_max && !all) continue;
    text += scenario_text(s, style, all);
  }
  std::size_t hidden = 0;
  for (const auto& [outcome, count] : shown) hidden += count > same_cause_shown_max ? count - same_cause_shown_max : 0;
  if (hidden > 0 && !all)
    text += "  " + paint(style, Ink::dim, "and " + std::to_string(hidden) + " more scenarios (--all)") + "\n";
  if (text.empty()) return text;
  const bool figures = std::ranges::any_of(result.scenarios, [](const ScenarioCheck& s) { return !s.figures.empty(); });
  return "\n" + (figures ? figures_head(style) : "") + text;
}

std::string mark(const Style& style, bool worse, bool better) {
  if (worse) return paint(style, Ink::bad, "✗");
  return better ? paint(style, Ink::good, "✓") : paint(style, Ink::dim, "=");
}

std::string drift_text(const GateResult& result, const Style& style, bool all) {
  std::string rows;
  for (const DriftCheck& d : result.drift) {
    if (d.outcome == DriftOutcome::told && !all) continue;
    const bool worse = d.outcome == DriftOutcome::regression, better = d.outcome == DriftOutcome::improvement;
    rows += "    " + mark(style, worse, better) + " " + pad_right(cut_middle(d.metric, metric_width), metric_width) +
            pad_left(change_text(1, d.ratio), value_width) + pad_left(p_text(d.test.p), value_width) + "\n";
  }
  if (rows.empty()) return rows;
  return "\n  " + paint(style, Ink::bold, "over all scenarios") +
         paint(style, Ink::dim, "  the typical change, and p; limit 1 % where p is at most 0.01") + "\n" + rows;
}

std::string wall_row(const WallCheck& w, const Style& style) {
  const bool worse = w.outcome == WallOutcome::regression, better = w.outcome == WallOutcome::improvement;
  std::string row = "    " + mark(style, worse, better) + " " + pad_right(w.metric, 15) +
                    pad_left(metric_text(w.metric, w.median_before), 10) +
                    pad_left(metric_text(w.metric, w.median_now), 10) + pad_left(change_text(1, w.ratio), 10) + "  p " +
                    pad_right(p_text(w.p_adjusted), 6);
  if (style.width >= wide_from && std::isfinite(w.ratio_high)) {
    char interval[80];
    std::snprintf(interval, sizeof interval, "  (%+.1f to %+.1f %%)", 100 * (w.ratio_low - 1),
                  100 * (w.ratio_high - 1));
    row += interval;
  }
  return row + (w.why.empty() ? "" : paint(style, Ink::dim, "  " + w.why)) + "\n";
}

std::string wall_text_of(const GateResult& result, const Style& style) {
  if (result.wall.empty()) return {};
  std::string text = "\n  " + paint(style, Ink::bold, "wall clock") +
                     paint(style, Ink::dim, "  in turns: before, now, change") + "\n",
              name;
  for (const WallCheck& w : result.wall) {
    if (w.name != name)
      text += "  " + cut_middle(w.name, style.width - 2 - 16) +
              paint(style, Ink::dim,
                    "  " + std::to_string(w.count_before) + " and " + std::to_string(w.count_now) + " runs") +
              "\n";
    name = w.name;
    text += wall_row(w, style);
  }
  return text;
}

std::string notes_text(const GateResult& result, const Style& style) {
  std::string text;
  std::set<std::string> elsewhere, added;
  for (const ScenarioCheck& s : result.scenarios) {
    if (!s.elsewhere.empty()) elsewhere.insert(s.elsewhere);
    added.insert(s.added.begin(), s.added.end());
  }
  const auto note = [&](const std::string& words) {
    text += wrapped("! " + words, style.width, 2, 4, style, Ink::accent);
  };
  for (const std::string& difference : elsewhere)
    note("other compiler or libraries than the baseline's, so that the wider tolerances count (" + difference + ")");
  std::string names;
  for (const std::string& name : added) names += (names.empty() ? "" : ", ") + name;
  if (!added.empty()) note("not in the baseline yet: " + names + "; --update records them");
  for (const std::string& words : result.notes) note(words);
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string render_gate(const GateResult& result, const Style& style, bool all) {
  const bool good = !result.regressed() && !result.incomplete();
  std::string text =
      scenarios_text(result, style, all) + drift_text(result, style, all) + wall_text_of(result, style) +
      notes_text(result, style) + "\n" +
      wrapped((good ? "✓ " : "✗ ") + gate_summary(result), style.width, 2, 4, style, good ? Ink::good : Ink::bad);
  if (const auto hint = gate_hint(result))  // commands stay whole, to be copied
    text += "    " + paint(style, Ink::dim, hint->words) + "\n    " + paint(style, Ink::dim, hint->command) + "\n";
  return text + "\n";
}

}  // namespace dwcp::reports
