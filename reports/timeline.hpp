// Figures of a run over time: what timeline.json holds (docs/reports.md). All series stand on one grid of intervals.
// When the run outgrows it, the interval doubles and points become one in pairs, so that a day takes no more than a
// minute.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::reports {

constexpr int timeline_schema_version = 1;

class Timeline {
 public:
  static constexpr std::size_t points_max = 2000;         // of one series
  static constexpr std::size_t series_of_kind_max = 400;  // a kind is a metric's name up to its first dot

  using SeriesId = std::size_t;
  using Labels = std::vector<std::pair<std::string, std::string>>;
  // What becomes of several values within one interval.
  enum class Merge { mean, max };

  // The first interval, > 0.
  explicit Timeline(Duration interval) : interval_(interval) {}

  // A series without points. Nothing where series_of_kind_max are there already: what it would have held is left out,
  // and the document counts it.
  std::optional<SeriesId> open(std::string metric, std::string unit, Labels labels, Merge merge);

  // Of a mean: `amount` came evenly between two times, over `base`; the value is the sum of amounts over that of bases
  // (bits over seconds, packets lost over packets sent). Nothing happens when `to` is not after `from`, or `base` is 0.
  void add(SeriesId series, Duration from, Duration to, double amount, double base);
  // The value was `value` between two times.
  void hold(SeriesId series, Duration from, Duration to, double value);

  Duration interval() const { return interval_; }
  // Times in seconds, at which the intervals of the points begin, and values. Intervals without a value have no point.
  struct Points {
    std::vector<double> times, values;
  };
  Points points(SeriesId series) const;

  // timeline.json, on one line with a line break. Values have six digits.
  std::string to_json() const;

 private:
  struct Cell {
    double sum = 0, base = 0;  // of Merge::max: the most, and 1; no value while base is 0
  };
  struct Series {
    std::string metric, unit;
    Labels labels;
    Merge merge;
    std::size_t first = 0;  // interval of the first cell
    std::vector<Cell> cells;
  };

  static void put(Series& series, std::size_t interval, Cell more);
  static void merge(const Series& series, Cell& cell, Cell more);
  static double value(const Series& series, const Cell& cell);
  template <class Part>  // called with an interval and the share of from..to that falls into it
  void each_interval(Duration from, Duration to, Part part);
  void make_room(Duration until);
  void halve();
  std::string json_of(const Series& series) const;

  Duration interval_;
  std::vector<Series> series_;
  std::map<std::string, std::size_t> of_kind_, left_out_;
};

}  // namespace dwcp::reports
