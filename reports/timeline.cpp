#include "reports/timeline.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace dwcp::reports {
namespace {

constexpr int digits_of_values = 6;

std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string rounded(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits_of_values).ptr};
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string joined(const std::vector<double>& numbers, std::string (*text)(double)) {
  std::string all;
  for (const double number : numbers) all += (all.empty() ? "" : ",") + text(number);
  return "[" + all + "]";
}

}  // namespace

std::optional<Timeline::SeriesId> Timeline::open(std::string metric, std::string unit, Labels labels, Merge merge) {
  const std::string kind = metric.substr(0, metric.find('.'));
  if (of_kind_[kind] == series_of_kind_max) {
    ++left_out_[kind];
    return std::nullopt;
  }
  ++of_kind_[kind];
  series_.push_back({std::move(metric), std::move(unit), std::move(labels), merge, 0, {}});
  return series_.size() - 1;
}

void Timeline::add(SeriesId id, Duration from, Duration to, double amount, double base) {
  if (to <= from || base == 0) return;
  each_interval(from, to, [&](std::size_t interval, double share) {
    put(series_[id], interval, {amount * share, base * share});
  });
}

void Timeline::hold(SeriesId id, Duration from, Duration to, double value) {
  if (to <= from) return;
  if (series_[id].merge == Merge::mean) return add(id, from, to, value * to_seconds(to - from), to_seconds(to - from));
  each_interval(from, to, [&](std::size_t interval, double) { put(series_[id], interval, {value, 1}); });
}

template <class Part>
void Timeline::each_interval(Duration from, Duration to, Part part) {
  make_room(to);
  const auto whole = static_cast<double>((to - from).count());
  for (auto i = from / interval_; i * interval_ < to; ++i) {
    const Duration begin = std::max(from, i * interval_), end = std::min(to, (i + 1) * interval_);
    part(static_cast<std::size_t>(i), static_cast<double>((end - begin).count()) / whole);
  }
}

void Timeline::put(Series& series, std::size_t interval, Cell more) {
  if (series.cells.empty()) series.first = interval;
  if (interval < series.first) {
    series.cells.insert(series.cells.begin(), series.first - interval, Cell{});
    series.first = interval;
  }
  if (interval - series.first >= series.cells.size()) series.cells.resize(interval - series.first + 1);
  merge(series, series.cells[interval - series.first], more);
}

void Timeline::merge(const Series& series, Cell& cell, Cell more) {
  if (series.merge == Merge::mean) {
    cell.sum += more.sum;
    cell.base += more.base;
  } else if (more.base > 0) {
    cell = {cell.base > 0 ? std::max(cell.sum, more.sum) : more.sum, 1};
  }
}

double Timeline::value(const Series& series, const Cell& cell) {
  return series.merge == Merge::mean ? cell.sum / cell.base : cell.sum;
}

void Timeline::make_room(Duration until) {
  while (until > interval_ * static_cast<std::int64_t>(points_max)) halve();
}

void Timeline::halve() {
  interval_ *= 2;
  for (Series& series : series_) {
    std::vector<Cell> halved;
    halved.reserve(series.cells.size() / 2 + 1);
    const std::size_t first = series.first / 2;
    for (std::size_t i = 0; i < series.cells.size(); ++i) {
      const std::size_t at = (series.first + i) / 2 - first;
      if (at == halved.size()) halved.emplace_back();
      merge(series, halved[at], series.cells[i]);
    }
    series.first = first;
    series.cells = std::move(halved);
  }
}

Timeline::Points Timeline::points(SeriesId id) const {
  const Series& series = series_[id];
  Points points;
  for (std::size_t i = 0; i < series.cells.size(); ++i) {
    if (series.cells[i].base == 0) continue;
    points.times.push_back(to_seconds(interval_ * static_cast<std::int64_t>(series.first + i)));
    points.values.push_back(value(series, series.cells[i]));
  }
  return points;
}

std::string Timeline::json_of(const Series& series) const {
  const Points p = points(static_cast<SeriesId>(&series - series_.data()));
  if (p.times.empty()) return {};
  std::string labels;
  for (const auto& [key, label] : series.labels)
    labels += (labels.empty() ? "" : ",") + quoted(key) + ":" + quoted(label);
  return "{\"metric\":" + quoted(series.metric) + ",\"unit\":" + quoted(series.unit) + ",\"labels\":{" + labels +
         "},\"t_s\":" + joined(p.times, shortest) + ",\"v\":" + joined(p.values, rounded) + "}";
}

std::string Timeline::to_json() const {
  std::string all, left_out;
  for (const Series& series : series_)
    if (const std::string one = json_of(series); !one.empty()) all += (all.empty() ? "" : ",\n") + one;
  for (const auto& [kind, count] : left_out_)
    left_out += (left_out.empty() ? "" : ",") + quoted(kind) + ":" + std::to_string(count);
  return "{\"schema\":" + std::to_string(timeline_schema_version) +
         ",\"interval_s\":" + shortest(to_seconds(interval_)) + ",\"left_out\":{" + left_out + "},\"series\":[" + all +
         "]}\n";
}

}  // namespace dwcp::reports
