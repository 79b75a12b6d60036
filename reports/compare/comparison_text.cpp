// A comparison on the terminal.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/compare/compare.hpp"
#include "reports/compare/figure_text.hpp"

namespace dwcp::reports {
namespace {

constexpr std::size_t finding_width = 11, figure_width_ab = 11, difference_width = 10, p_width = 8;
constexpr std::size_t interval_width = 18, effect_width = 8;
constexpr unsigned wide_from = 110;  // columns from which interval and effect are shown
constexpr std::size_t untold_shown_max = 8, changed_shown_max = 6;
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
    std::string text = finding_cell(style_, m.finding, m.why) + " " +
                       pad_right(cut_middle(m.metric, name_width_), name_width_) +
                       pad_left(sign + figure_text(m.metric, m.unit, a), figure_width_ab) +
                       pad_left(sign + figure_text(m.metric, m.unit, b), figure_width_ab) +
                       pad_left(change_text(a, b), difference_width);
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

// The rows of a group that are shown, and how many are not.
std::string group_text(const GroupComparison& g, const Style& style, bool all) {
  const Table table(style);
  std::string rows;
  std::size_t untold = 0, changed = 0, hidden_untold = 0, hidden_changed = 0;
  for (const MetricComparison& m : g.metrics) {
    if (!all && m.finding == Finding::same) continue;
    if (!all && m.finding == Finding::cannot_tell && (++untold > untold_shown_max || m.traits.good == Good::none)) {
      ++hidden_untold;
      continue;
    }
    if (!all && m.finding == Finding::changed && ++changed > changed_shown_max) {
      ++hidden_changed;
      continue;
    }
    rows += table.row(m);
  }
  if (rows.empty() && hidden_untold == 0) return {};
  std::string text = group_title(g, style) + table.head() + rows;
  std::string more;
  if (hidden_changed > 0) more += std::to_string(hidden_changed) + " more changed";
  if (hidden_untold > 0)
    more += (more.empty() ? "" : ", ") + std::to_string(hidden_untold) + " more of which it cannot be told";
  if (!more.empty()) text += "  " + paint(style, Ink::dim, more + " (--all)") + "\n";
  return text;
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
  if (c.tests > 0) {
    char level[128];
    std::snprintf(level, sizeof level,
                  "%zu tests, at most %g %% of what is called a difference is none; under %g %%: same", c.tests,
                  100 * c.options.level, 100 * c.options.relevant);
    text += "  " + paint(style, Ink::dim, level) + "\n";
  }
  const bool means = std::ranges::any_of(
      c.groups, [](const GroupComparison& g) { return std::ranges::any_of(g.metrics, &MetricComparison::by_means); });
  text += "  " + paint(style, Ink::dim, std::string("A and B are medians") + (means ? ", ø: means" : "")) + "\n";
  for (const auto& [name, only] : {std::pair("A", &c.only_a), std::pair("B", &c.only_b)})
    if (!only->empty())
      text +=
          wrapped(std::string("! only in ") + name + ": " + listed(*only) + " (" + std::to_string(only->size()) + ")",
                  style.width, 2, 4, style, Ink::accent);
  return text + "\n";
}

}  // namespace

std::string render_comparison(const Comparison& comparison, const Style& style, bool all) {
  std::string groups;
  for (const GroupComparison& group : comparison.groups) groups += group_text(group, style, all);
  return header(comparison, style) + overall_text(comparison, style, all) + groups + footer(comparison, style);
}

}  // namespace dwcp::reports
