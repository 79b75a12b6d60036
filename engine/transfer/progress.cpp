#include "engine/transfer/progress.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::transfer {
namespace {

constexpr Duration memory = std::chrono::seconds(3);  // a rate from before this counts for a third

}  // namespace

std::string_view to_string(FileOutcome outcome) {
  switch (outcome) {
    case FileOutcome::stored:
      return "stored";
    case FileOutcome::completed:
      return "completed";
    case FileOutcome::same:
      return "same";
    case FileOutcome::failed:
      return "failed";
  }
  return "unknown";
}

bool Report::all_well() const {
  return std::ranges::none_of(files, [](const FileReport& f) { return f.outcome == FileOutcome::failed; });
}

Failure Report::first_failure() const {
  const auto it = std::ranges::find(files, FileOutcome::failed, &FileReport::outcome);
  return it == files.end() ? Failure{} : it->failure;
}

void RateMeter::observe(TimePoint now, Bytes done) {
  if (!last_ || done < last_done_) {
    last_ = now;
    last_done_ = done;
    return;
  }
  const Duration passed = now - *last_;
  if (passed <= Duration::zero()) return;
  const double fresh = static_cast<double>(rate_of(done - last_done_, passed).value);
  const double weight = rate_ == BitRate(0) ? 1.0 : 1.0 - std::exp(-to_seconds(passed) / to_seconds(memory));
  rate_ = BitRate(static_cast<std::uint64_t>(weight * fresh + (1.0 - weight) * static_cast<double>(rate_.value)));
  last_ = now;
  last_done_ = done;
}

std::optional<Duration> RateMeter::remaining(Bytes left) const {
  if (left == Bytes(0)) return Duration::zero();
  constexpr std::uint64_t crawl = 8;  // below one byte per second an estimate means nothing
  if (rate_.value < crawl) return std::nullopt;
  return transfer_time(left, rate_);
}

}  // namespace dwcp::transfer
