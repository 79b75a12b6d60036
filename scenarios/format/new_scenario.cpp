#include "scenarios/format/new_scenario.hpp"

#include <algorithm>

namespace dwcp::scenarios {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

Result<std::string> new_scenario(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || !is_word(name.substr(0, slash)) || !is_word(name.substr(slash + 1)))
    return Failure(Errc::bad_value,
                   "scenario name '" + std::string(name) +
                       "': write suite/name, of small letters, digits and hyphens, such as internet/my-wan");
  return "name: " + std::string(name) + R"(
about: One sentence, what this shows
seed: 1
duration: 5min  # of virtual time; the run is aborted when it is not over by then

topology:
  hosts:
    a: {}
    b: {}
  links:
    - name: wan
      between: [a, b]
      rate: 1Gbit/s
      delay: 25ms  # one way
      loss: 0.01%

vms:
  guest:
    host: a
    memory: 256MiB
    dirty: {pattern: zipf, rate: 8MB/s, working_set: 32MiB}

events:
  - at: 500ms
    migrate: {vm: guest, to: b}

# faults:
#   - at: 2s
#     cut: {link: wan, for: 1s}

expect:
  - migrations.completed == 1
  - migration.downtime_s < 500ms
  - memory.wrong_pages == 0
)";
}

}  // namespace dwcp::scenarios
