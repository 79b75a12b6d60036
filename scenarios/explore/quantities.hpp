// Quantities in documents: written without rounding, and simpler ones instead of them.
#pragma once

#include <string>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::scenarios {

// "1500ms", "4MiB", "20Mbit/s": in the largest unit that gives a whole number, so that nothing is lost.
std::string exact_text(Duration duration);
std::string exact_text(Bytes size);
std::string exact_text(BitRate rate);

// Values below `value` and not below `floor`, boldest first; nothing when there is none. The mildest is a quarter less,
// so that what is left in the end is within a third of the least that would do.
std::vector<std::uint64_t> smaller_values(std::uint64_t value, std::uint64_t floor);
// The value in whole seconds, tenths, hundredths, thousandths, boldest first: those that are below it and above 0.
std::vector<Duration> rounder_durations(Duration value);

}  // namespace dwcp::scenarios
