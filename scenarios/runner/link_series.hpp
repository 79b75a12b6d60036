// What the links of a simulated world carry, over time: link.* series for each direction.
#pragma once

#include <string>
#include <vector>

#include "reports/timeline.hpp"
#include "sim/link.hpp"

namespace dwcp::scenarios {

class LinkSeries {
 public:
  // The timeline outlives this.
  explicit LinkSeries(reports::Timeline& timeline) : timeline_(timeline) {}
  LinkSeries(const LinkSeries&) = delete;
  LinkSeries& operator=(const LinkSeries&) = delete;

  // Of the link between these two machines, which is looked at as long as look() is called.
  void watch(const sim::Link& link, const std::string& first, const std::string& second);
  // Reads counters, and changes nothing in the world.
  void look(Duration now);

 private:
  using Series = std::optional<reports::Timeline::SeriesId>;  // nothing: the timeline is full
  struct Watched {
    const sim::Wire* wire;
    Series rate, queue, loss;
    sim::WireCounters before = {};
  };

  void add(Watched& watched, Duration now);

  reports::Timeline& timeline_;
  std::vector<Watched> watched_;
  Duration at_{0};
};

}  // namespace dwcp::scenarios
