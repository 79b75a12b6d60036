// What agents tell of their migrations, over time: a migration.* series for each VM, and stream.* for each of its
// streams. They go on when the VM moves again.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "engine/migration/agent.hpp"
#include "reports/timeline.hpp"

namespace dwcp::scenarios {

// The finest at which a run is looked at.
constexpr Duration sample_interval = std::chrono::milliseconds(10);

class ProgressSeries {
 public:
  // The timeline outlives this.
  explicit ProgressSeries(reports::Timeline& timeline) : timeline_(timeline) {}
  ProgressSeries(const ProgressSeries&) = delete;
  ProgressSeries& operator=(const ProgressSeries&) = delete;

  // Counters of one attempt begin at 0 and grow; times never go back.
  void add(std::size_t attempt, Duration now, const migration::Progress& progress);

 private:
  // By metric; nothing: the timeline is full.
  using Open = std::map<std::string, std::optional<reports::Timeline::SeriesId>>;
  struct Stream {
    Open series;
    Bytes sent{0};  // when it was last told
    // Segments of its present connection, which the session counts more seldom than progress is told.
    unsigned joined = 0;
    std::uint64_t segments = 0, again = 0;
    Duration counted{0};
  };
  struct Vm {
    std::size_t attempt = 0;
    Duration at{0};
    migration::Progress before;
    Open series;
    std::map<unsigned, Stream> streams;
  };

  void add_streams(Vm& vm, Duration now, const migration::Progress& progress);
  void add_stream(const Vm& vm, Stream& stream, Duration now, const amst::StreamInfo& info);
  void count_segments(Stream& stream, Duration now, const amst::StreamInfo& info,
                      const reports::Timeline::Labels& labels);
  std::optional<reports::Timeline::SeriesId> series(Open& open, const char* metric, const char* unit,
                                                    const reports::Timeline::Labels& labels);

  reports::Timeline& timeline_;
  std::map<std::string, Vm> vms_;
};

}  // namespace dwcp::scenarios
