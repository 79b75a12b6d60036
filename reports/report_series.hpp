// timeline.json as a report embeds it: numbers of intervals instead of times.
#pragma once

#include <nlohmann/json.hpp>

namespace dwcp::reports {

// {"interval_s", "series": [{"metric", "unit", "labels", "parts": [[first interval, [values]]]}], "left_out": {kind:
// series}}: a part is a run of intervals without a gap. At most `values_max` values; series beyond are counted in
// left_out. Throws nlohmann's exceptions for what is no timeline.
nlohmann::ordered_json embedded_series(const nlohmann::ordered_json& timeline, std::size_t values_max);

}  // namespace dwcp::reports
