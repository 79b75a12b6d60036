// Sentences about what the gate found, the same in every output.
#pragma once

#include <string>
#include <vector>

#include "reports/gate/gate.hpp"

namespace dwcp::reports {

// "limit 52.3 MiB (+2 %)"
std::string tolerance_text(const FigureCheck& figure);
// "migration.bytes_wire 51.3 MiB -> 54.1 MiB (+5.4 %), limit 52.3 MiB (+2 %)"
std::string figure_words(const FigureCheck& figure);
// "over 37 scenarios migration.bytes_wire changed by +1.5 %, limit 1 %"
std::string drift_words(const DriftCheck& drift);
// Why a scenario did not pass, in a sentence. Precondition: it did not.
std::string scenario_words(const ScenarioCheck& scenario);
// What can be done about it.
struct GateHint {
  std::string words, command;
};
std::optional<GateHint> gate_hint(const GateResult& result);

}  // namespace dwcp::reports
