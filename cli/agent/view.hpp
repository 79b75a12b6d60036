// What a person sees of migrations and of an agent's status. From the agent's own JSON, of which unknown fields are
// passed over and missing ones are as zero: a client may be older or newer than its agent.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/units.hpp"
#include "reports/result.hpp"
#include "reports/text.hpp"

namespace dwcp::cli {

using OrderedJson = nlohmann::ordered_json;

// One line, without a line break, that fits the terminal: a bar, phase, rounds, rate, time left, predicted downtime.
std::string progress_line(const OrderedJson& job, const reports::Style& style);
// The same in words, for a log.
std::string progress_words(const OrderedJson& job);
// Share of the way, 0..1.
double share_done(const OrderedJson& job);

reports::MigrationResult migration_result(const OrderedJson& report);

std::string render_status(const OrderedJson& status, const reports::Style& style);

// Shows the progress of one migration on standard error: a line that is drawn over itself on a terminal, now and then a
// line elsewhere.
class MigrationProgress {
 public:
  explicit MigrationProgress(bool quiet);
  void show(const OrderedJson& job);
  // Takes the line away, so that something else can be printed.
  void clear();

 private:
  const bool quiet_, terminal_;
  const reports::Style style_;
  bool drawn_ = false;
  std::string phase_;
  int tenth_ = -1;
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace dwcp::cli
