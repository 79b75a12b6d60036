// A comparison on the terminal.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "reports/compare/compare.hpp"
#include "reports/compare/figure_text.hpp"

namespace dwcp::reports {
namespace {

constexpr std::size_t finding_width = 11, figure_width_ab = 12, difference_width = 9, p_width = 7;
constexpr std::size_t interval_width = 18, effect_width = 8;
constexpr unsigned wide_from = 110;                                 // columns from which interval and effect are shown
constexpr std::size_t untold_shown_max = 6, changed_shown_max = 6;  // of a scenario
constexpr std::size_t untold_groups_max = 8;                        // in which nothing can be told
constexpr std::size_t listed_max = 3;

struct Words {
  const char* mark;
  const char* word;
  Ink ink;
};
Words words_of(Finding finding, const std::string& why) {
  switch (finding) {
    case Finding::worse:
      return {"✗", "worse", Ink::bad};
    case Finding::better:
      return {"✓", "better", Ink::good};
    case Finding::changed:
      return {"~", "changed", Ink::accent};
    case Finding::same:
      return {"=", "same", Ink::dim};
    case Finding::cannot_tell:
      break;
  }
  return {"?", why == "too few" ? "too few" : why == "too noisy" ? "too noisy" : "cannot tell", Ink::dim};
}

std::string finding_cell(const Style& style, Finding finding, const std::string& why) {
  const Words words = words_of(finding, why);
  return paint(style, words.ink, pad_right(std::string(words.mark) + " " + words.word, finding_width));
}

std::string interval_text(const MetricComparison& m) {
  if (m.median_a == 0 || !std::isfinite(m.shift.low)) return "–";
  const double base = std::abs(m.median_a);
  char text[64];
  std::snprintf(text, sizeof text, "%+.3g to %+.3g %%", 100 * m.shift.low / base, 100 * m.shift.high / base);
  return text;
}

std::string effect_text(const MetricComparison& m) {
  if (m.method == Method::none) return "–";
  char text[16];
  std::snprintf(text, sizeof text, "%+.2f", m.test.effect);
  return text;
}

// Of pairs, what changed from A to B in the middle of the seeds: the medians may lie with different ones.
std::string change_of(const MetricComparison& m, double a, double b) {
  if (m.method != Method::signed_rank || m.by_means() || a == 0) return change_text(a, b);
  return change_text(a, a + m.shift.estimate);
}

class Table {
 public:
  explicit Table(const Style& style) : style_(style), wide_(style.width >= wide_from) {
    const std::size_t fixed = 2 + finding_width + 1 + 2 * figure_width_ab + difference_width + p_width +
                              (wide_ ? interval_width + effect_width : 0);
    name_width_ = style.width > fixed + 16 ? style.width - fixed : 16;
  }

  std::string head() const {
    std::string text = pad_right("", finding_width + 1 + name_width_) + pad_left("A", figure_width_ab) +
                       pad_left("B", figure_width_ab) + pad_left("change", difference_width);
    if (wide_) text += pad_left("interval", interval_width) + pad_left("effect", effect_width);
    return "  " + paint(style_, Ink::dim, text + pad_left("p", p_width)) + "\n";
  }

  std::string row(const MetricComparison& m) const {
    const double a = m.by_means() ? m.mean_a : m.median_a, b = m.by_means() ? m.mean_b : m.median_b;
    const std::string sign = m.by_means() ? "ø " : "";
    std::string text = finding_cell(style_, m.finding, m.why) + " ";
    // A bench's case has a long name, which stands on a line of its own.
    if (columns(m.metric) > name_width_ && !m.unit.empty())
      text += cut_middle(m.metric, style_.width - 2 - finding_width - 1) + "\n  " +
              pad_right("", finding_width + 1 + name_width_);
    else
      text += pad_right(cut_middle(m.metric, name_width_), name_width_);
    text += pad_left(sign + figure_text(m.metric, m.unit, a), figure_width_ab) +
            pad_left(sign + figure_text(m.metric, m.unit, b), figure_width_ab) +
            pad_left(change_of(m, a, b), difference_width);
    if (wide_) text += pad_left(interval_text(m), interval_width) + pad_left(effect_text(m), effect_width);
    return "  " + text + pad_left(m.method == Method::none ? "–" : p_text(m.p_adjusted), p_width) + "\n";
  }

 private:
  const Style& style_;
  bool wide_;
  std::size_t name_width_;
};

std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  if (seeds.empty()) return "";
  if (seeds.size() == 1) return "seed " + std::to_string(seeds.front());
  if (seeds.back() - seeds.front() + 1 == seeds.size())
    return "seeds " + std::to_string(seeds.front()) + ".." + std::to_string(seeds.back());
  return std::to_string(seeds.size()) + " seeds";
}

std::string listed(const std::vector<std::string>& texts) {
  std::string all;
  for (std::size_t i = 0; i < std::min(texts.size(), listed_max); ++i) all += (i == 0 ? "" : ", ") + texts[i];
  return texts.size() > listed_max ? all + ", …" : all;
}

std::string counted(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

std::string side_text(const char* name, const SideSummary& side, const Style& style) {
  std::string text = "  " + paint(style, Ink::bold, std::string(name) + "  " + side.path) + "\n     " +
                     counted(side.runs, "run", "runs");
  if (!side.seeds.empty()) text += " · " + seeds_text(side.seeds);
  if (!side.commits.empty()) text += " · commit " + listed(side.commits);
  if (!side.worlds.empty() && !side.worlds.front().empty()) text += " · " + listed(side.worlds);
  if (!side.overrides.empty()) text += "\n     --set " + listed(side.overrides);
  return text + "\n";
}

std::string header(const Comparison& c, const Style& style) {
  std::string text = "\n" + side_text("A", c.a, style) + side_text("B", c.b, style);
  if (c.a.machines == c.b.machines && !c.a.machines.empty())
    text += "     " + paint(style, Ink::dim, "both on " + listed(c.a.machines)) + "\n";
  for (const std::string& warning : c.warnings) text += wrapped("! " + warning, style.width, 2, 4, style, Ink::accent);
  return text;
}

std::string overall_text(const Comparison& c, const Style& style, bool all) {
  std::string rows;
  for (const OverallComparison& o : c.overall) {
    if (!all && o.finding != Finding::worse && o.finding != Finding::better) continue;
    char figures[96];
    std::snprintf(figures, sizeof figures, "%+.2f %%  (%+.2f to %+.2f %%)", 100 * (o.ratio - 1),
                  100 * (o.ratio_low - 1), 100 * (o.ratio_high - 1));
    rows += "  " + finding_cell(style, o.finding, "too noisy") + " " + pad_right(o.metric, 28) + " " +
            pad_left(std::isfinite(o.ratio_high) ? figures : "–", 34) + "  p " + p_text(o.p_adjusted) + "\n";
  }
  if (rows.empty()) return {};
  return "\n  " + paint(style, Ink::bold, "over all scenarios") +
         paint(style, Ink::dim, "  each counts once; the typical change, and where it lies with 95 %") + "\n" + rows;
}

std::string group_title(const GroupComparison& g, const Style& style) {
  std::string text = counted(g.runs_a, "run", "runs") + " and " + std::to_string(g.runs_b);
  if (g.paired) text += ", paired by seed";
  if (g.failed_a + g.failed_b > 0)
    text += "; failed: " + std::to_string(g.failed_a) + " and " + std::to_string(g.failed_b);
  const std::string name =
      to_string(g.subject) + (g.subject == g.subject_b ? std::string() : " beside " + to_string(g.subject_b));
  return "\n  " + paint(style, Ink::bold, name) + "  " + paint(style, Ink::dim, text) + "\n";
}

// Whether a metric is worth a line: what is the same is not, nor what cannot be told and hardly differs, nor a run's
// wall clock of which it cannot be told.
bool is_news(const MetricComparison& m, double relevant) {
  if (m.finding == Finding::same) return false;
  if (m.finding != Finding::cannot_tell) return true;
  const bool clock_of_a_run = m.traits.clock == MetricClock::wall && m.unit.empty();
  return m.traits.good != Good::none && !clock_of_a_run && m.size() >= relevant;
}

// The rows of a group that are shown, and how many are not.
std::string group_text(const GroupComparison& g, double relevant, const Style& style, bool all) {
  const Table table(style);
  std::string rows;
  std::map<Finding, std::size_t> shown, hidden;
  for (const MetricComparison& m : g.metrics) {
    if (!all && !is_news(m, relevant)) continue;
    const std::size_t most = m.finding == Finding::cannot_tell ? untold_shown_max : changed_shown_max;
    const bool limited = m.finding == Finding::cannot_tell || m.finding == Finding::changed;
    if (!all && limited && ++shown[m.finding] > most) {
      ++hidden[m.finding];
      continue;
    }
    rows += table.row(m);
  }
  if (rows.empty()) return {};
  std::string text = group_title(g, style) + table.head() + rows, more;
  if (hidden[Finding::changed] > 0) more += std::to_string(hidden[Finding::changed]) + " more changed";
  if (hidden[Finding::cannot_tell] > 0)
    more +=
        (more.empty() ? "" : ", ") + std::to_string(hidden[Finding::cannot_tell]) + " more of which it cannot be told";
  if (!more.empty()) text += "  " + paint(style, Ink::dim, more + " (--all)") + "\n";
  return text;
}

std::string groups_text(const Comparison& c, const Style& style, bool all) {
  std::string text;
  std::size_t untold = 0, hidden = 0;
  for (const GroupComparison& g : c.groups) {  // what is found comes before what cannot be told
    const std::string one = group_text(g, c.options.relevant, style, all);
    const bool found = !g.metrics.empty() && g.metrics.front().finding < Finding::cannot_tell;
    if (!all && !found && !one.empty() && ++untold > untold_groups_max)
      ++hidden;
    else
      text += one;
  }
  if (hidden > 0)
    text +=
        "\n  " +
        paint(style, Ink::dim,
              counted(hidden, "more scenario differs", "more scenarios differ") + ", and it cannot be told (--all)") +
        "\n";
  return text;
}

// How the table is to be read: what this one needs.
std::vector<std::string> explanations(const Comparison& c) {
  bool means = false, pairs = false, clocks = false, single = false;
  for (const GroupComparison& group : c.groups)
    for (const MetricComparison& m : group.metrics) {
      means = means || m.by_means();
      pairs = pairs || m.method == Method::signed_rank;
      single = single || (m.finding == Finding::cannot_tell && m.count_a == 1 && m.count_b == 1 && m.unit.empty());
      clocks = clocks ||
               (m.traits.clock == MetricClock::wall && (m.finding == Finding::worse || m.finding == Finding::better));
    }
  std::vector<std::string> texts;
  char level[160];
  std::snprintf(
      level, sizeof level,
      "%zu tests; of the differences that they name, at most %g %% are chance. Changes under %g %% count as the same.",
      c.tests, 100 * c.options.level, 100 * c.options.relevant);
  if (c.tests > 0) texts.emplace_back(level);
  texts.push_back(std::string("A and B are medians") + (means ? ", ø means" : "") +
                  (pairs ? "; the change is the typical one of a seed." : "."));
  if (single)
    texts.emplace_back(
        "Too few: with one seed a change is a fact and no rule; run both sides with --seeds 1..8 or more.");
  if (clocks)
    texts.emplace_back(
        "Wall clocks: the sides did not run in turns, so that the machine's load may be what differs; dwcp gate "
        "--against measures in turns.");
  return texts;
}

std::string footer(const Comparison& c, const Style& style) {
  const Finding findings[] = {Finding::worse, Finding::better, Finding::changed, Finding::cannot_tell, Finding::same};
  std::string counts;
  std::size_t total = 0;
  for (const Finding finding : findings) {
    const std::size_t n = c.count(finding);
    total += n;
    if (n == 0) continue;
    const Words words = words_of(finding, "");
    const std::string text = std::to_string(n) + " " + words.word;
    counts += (counts.empty() ? "" : ", ") + (finding == Finding::cannot_tell ? text : paint(style, words.ink, text));
  }
  std::string text =
      "\n  " + counts +
      paint(style, Ink::dim,
            " of " + std::to_string(total) + " metrics in " + counted(c.groups.size(), "scenario", "scenarios")) +
      "\n";
  for (const std::string& words : explanations(c)) text += wrapped(words, style.width, 2, 2, style, Ink::dim);
  for (const auto& [name, only] : {std::pair("A", &c.only_a), std::pair("B", &c.only_b)})
    if (!only->empty())
      text +=
          wrapped(std::string("! only in ") + name + ": " + listed(*only) + " (" + std::to_string(only->size()) + ")",
                  style.width, 2, 4, style, Ink::accent);
  return text + "\n";
}

}  // namespace

std::string render_comparison(const Comparison& comparison, const Style& style, bool all) {
  return header(comparison, style) + overall_text(comparison, style, all) + groups_text(comparison, style, all) +
         footer(comparison, style);
}

}  // namespace dwcp::reports
