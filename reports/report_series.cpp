#include "reports/report_series.hpp"

#include <cmath>
#include <string>

namespace dwcp::reports {

nlohmann::ordered_json embedded_series(const nlohmann::ordered_json& timeline, std::size_t values_max) {
  const double interval = timeline.at("interval_s");
  nlohmann::ordered_json out{{"interval_s", interval},
                             {"series", nlohmann::ordered_json::array()},
                             {"left_out", timeline.value("left_out", nlohmann::ordered_json::object())}};
  std::size_t values = 0;
  for (const auto& series : timeline.at("series")) {
    const std::string metric = series.at("metric");
    const auto &times = series.at("t_s"), &v = series.at("v");
    if (values + v.size() > values_max) {
      auto& left_out = out["left_out"][metric.substr(0, metric.find('.'))];
      left_out = (left_out.is_number() ? left_out.get<std::size_t>() : 0) + 1;
      continue;
    }
    values += v.size();
    auto parts = nlohmann::ordered_json::array();
    std::int64_t next = -1;
    for (std::size_t i = 0; i < v.size(); ++i) {
      const std::int64_t at = std::llround(times.at(i).get<double>() / interval);
      if (at != next) parts.push_back({at, nlohmann::ordered_json::array()});
      parts.back()[1].push_back(v[i]);
      next = at + 1;
    }
    out["series"].push_back({{"metric", metric},
                             {"unit", series.at("unit")},
                             {"labels", series.at("labels")},
                             {"parts", std::move(parts)}});
  }
  return out;
}

}  // namespace dwcp::reports
