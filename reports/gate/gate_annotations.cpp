// GitHub's workflow commands (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions).
#include <algorithm>

#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"

namespace dwcp::reports {
namespace {

constexpr std::size_t figures_named_max = 5;

std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

std::string command(const char* kind, const std::string& file, const std::string& title, const std::string& message) {
  return std::string("::") + kind + " " + (file.empty() ? "" : "file=" + escaped(file, true) + ",") +
         "title=" + escaped(title, true) + "::" + escaped(message, false) + "\n";
}

std::string named_figures(const ScenarioCheck& s, bool improvements) {
  std::string text;
  std::size_t named = 0;
  for (const FigureCheck& f : s.figures) {
    const bool wrong = f.outcome == FigureOutcome::regression || f.outcome == FigureOutcome::gone;
    if (!(improvements ? f.outcome == FigureOutcome::improvement : wrong)) continue;
    if (++named <= figures_named_max) text += (text.empty() ? "" : "\n") + figure_words(f);
  }
  return named > figures_named_max ? text + "\nand " + std::to_string(named - figures_named_max) + " more" : text;
}

class Commands {
 public:
  explicit Commands(const char* kind) : kind_(kind) {}
  void add(const std::string& file, const std::string& title, const std::string& message) {
    if (++count_ < annotations_max) text_ += command(kind_, file, title, message);
    if (count_ == annotations_max) last_ = command(kind_, file, title, message);
  }
  std::string text() const {
    if (count_ <= annotations_max) return text_ + last_;
    return text_ + command(kind_, "", "gate", "and " + std::to_string(count_ - annotations_max + 1) + " more");
  }

 private:
  const char* kind_;
  std::size_t count_ = 0;
  std::string text_, last_;
};

}  // namespace

std::string gate_annotations(const GateResult& result) {
  Commands errors("error"), notices("notice");
  for (const ScenarioCheck& s : result.scenarios) {
    const std::string name = name_of(s.subject, s.seed);
    if (s.outcome == ScenarioOutcome::regression)
      errors.add(s.file, "regression in " + name,
                 named_figures(s, false) + "\nsince " + s.baseline_commit + ", " + s.baseline_date);
    else if (s.outcome != ScenarioOutcome::passed)
      errors.add(s.file, name, scenario_words(s));
    if (s.count(FigureOutcome::improvement) > 0) notices.add(s.file, "better: " + name, named_figures(s, true));
  }
  for (const DriftCheck& d : result.drift)
    if (d.outcome == DriftOutcome::regression) errors.add("", "worse over all: " + d.metric, drift_words(d));
  for (const WallCheck& w : result.wall)
    if (w.outcome == WallOutcome::regression)
      errors.add(
          "", "slower: " + w.name,
          w.metric + " " + metric_text(w.metric, w.median_before) + " -> " + metric_text(w.metric, w.median_now));
  return errors.text() + notices.text();
}

}  // namespace dwcp::reports
