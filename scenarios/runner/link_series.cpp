#include "scenarios/runner/link_series.hpp"

namespace dwcp::scenarios {
namespace {

using reports::Timeline;

std::uint64_t lost_of(const sim::WireCounters& c) { return c.packets_lost + c.packets_overflow + c.packets_cut; }

}  // namespace

void LinkSeries::watch(const sim::Link& link, const std::string& first, const std::string& second) {
  for (const bool forward : {true, false}) {
    const Timeline::Labels labels{{"link", link.name()},
                                  {"direction", forward ? first + "->" + second : second + "->" + first}};
    watched_.push_back({&link.wire(forward ? sim::Direction::forward : sim::Direction::backward),
                        timeline_.open("link.rate_bps", "bit/s", labels, Timeline::Merge::mean),
                        timeline_.open("link.queue_bytes", "B", labels, Timeline::Merge::max),
                        timeline_.open("link.loss", "1", labels, Timeline::Merge::mean)});
  }
}

void LinkSeries::look(Duration now) {
  if (now <= at_) return;
  for (Watched& watched : watched_) add(watched, now);
  at_ = now;
}

void LinkSeries::add(Watched& w, Duration now) {
  const sim::WireCounters& counters = w.wire->counters();
  if (w.rate)
    timeline_.add(*w.rate, at_, now,
                  static_cast<double>((counters.bytes_delivered - w.before.bytes_delivered).value) * 8,
                  to_seconds(now - at_));
  if (w.queue) timeline_.hold(*w.queue, at_, now, static_cast<double>(w.wire->waiting().value));
  const auto lost = static_cast<double>(lost_of(counters) - lost_of(w.before));
  const auto delivered = static_cast<double>(counters.packets_delivered - w.before.packets_delivered);
  if (w.loss) timeline_.add(*w.loss, at_, now, lost, lost + delivered);
  w.before = counters;
}

}  // namespace dwcp::scenarios
