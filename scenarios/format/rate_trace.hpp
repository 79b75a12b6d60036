// Measured or made up: what a link carried, second by second.
#pragma once

#include <filesystem>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::scenarios {

struct RateSample {
  Duration at{0};  // since the trace's begin
  BitRate rate{0};
  friend bool operator==(const RateSample&, const RateSample&) = default;
};
static_assert(std::has_unique_object_representations_v<RateSample>);  // its bytes are hashed

// Where a trace says that nothing went through, so much does: a link always has a rate.
constexpr BitRate traced_rate_min{10'000};
constexpr std::size_t trace_samples_max = 1'000'000;

// One sample a line: seconds since the begin, ascending, and Mbit/s, apart by blanks (the format of the FCC and
// Norwegian 3G sets as they are commonly published). Errors: bad_value, naming the line; a trace has a sample at least.
Result<std::vector<RateSample>> parse_rate_trace(std::string_view text);
// Errors: storage_failed and those above, naming the file.
Result<std::vector<RateSample>> load_rate_trace(const std::filesystem::path& file);
// When it begins anew: after the last sample has lasted as long as the one before it (or a second).
Duration length_of(const std::vector<RateSample>& trace);

}  // namespace dwcp::scenarios
