// Wrong scenario files, and what a person is told of each: where it is, and what would be right.
#include <gmock/gmock.h>

#include <cstring>

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view good = R"(name: test/good
seed: 1
duration: 60s
topology:
  sites: [left, right]
  hosts:
    a: {site: left, memory: 1GiB}
    b: {site: right}
  switches: [s]
  links:
    - {name: direct, between: [a, b], rate: 1Gbit/s, delay: 5ms, jitter: 1ms}
    - {name: up, between: [a, s], rate: 1Gbit/s, delay: 5ms}
vms:
  guest: {host: a, memory: 64MiB, dirty: {pattern: zipf, rate: 1MB/s}}
engine: {streams: 4}
events:
  - at: 1s
    migrate: {vm: guest, to: b}
faults:
  - at: 2s
    cut: {link: direct, for: 1s}
expect:
  - migration.downtime_s < 500ms
)";

struct Wrong {
  const char* name;   // of the test
  const char* right;  // what stands in the good file
  const char* wrong;  // what stands there instead
  const char* place;  // "line:column"
  const char* told;   // a part of the message
};

class WrongFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, IsToldWhereAndWhatWouldBeRight) {
  std::string text(good);
  const std::size_t at = text.find(GetParam().right);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::strlen(GetParam().right), GetParam().wrong);
  const auto document = parse_document(text, "file.yaml");
  const auto scenario = document ? read_scenario(*document, "file.yaml") : Result<Scenario>(document.error());
  ASSERT_FALSE(scenario) << text;
  EXPECT_EQ(scenario.error().code, make_error_code(Errc::bad_scenario));
  EXPECT_THAT(scenario.error().message(),
              AllOf(HasSubstr(std::string("file.yaml:") + GetParam().place), HasSubstr(GetParam().told)));
}

TEST(GoodFile, IsGood) {
  const auto scenario = read_scenario(parse_document(good, "file.yaml").value(), "file.yaml");
  EXPECT_TRUE(scenario) << scenario.error().message();
}

const Wrong wrongs[] = {
    {"unknown_key", "seed: 1", "sead: 1", "2:1", "did you mean 'seed'?"},
    {"no_name", "name: test/good\n", "", "", "'name' is missing"},
    {"no_topology", "topology:", "topologie:", "", "'topology' is missing"},
    {"text_for_number", "seed: 1", "seed: one", "2:", "expected a whole number"},
    {"bare_duration", "duration: 60s", "duration: 60", "3:", "with a unit (ns, us, ms, s, min, h)"},
    {"unknown_unit", "duration: 60s", "duration: 60 sec", "3:", "unknown unit 'sec'"},
    {"bare_size", "memory: 64MiB", "memory: 64", "14:", "got the bare number 64"},
    {"bare_rate", "rate: 1Gbit/s, delay: 5ms, jitter", "rate: 1000, delay: 5ms, jitter", "11:", "such as 1Gbit/s"},
    {"share_without_percent", "jitter: 1ms", "loss: 0.01", "11:", "expected a share"},
    {"share_above_all", "jitter: 1ms", "loss: 101%", "11:", "is not between 0% and 100%"},
    {"bad_choice", "pattern: zipf", "pattern: zip", "14:", "did you mean 'zipf'?"},
    {"list_for_mapping", "engine: {streams: 4}", "engine: [4]", "15:", "expected a mapping"},
    {"mapping_for_list", "sites: [left, right]", "sites: {left: 1}", "5:", "expected a list"},
    {"too_many_streams", "streams: 4", "streams: 65", "15:", "from 1 to 64"},
    {"key_twice", "seed: 1", "seed: 1\nseed: 2", "3:1", "is there twice; first at line 2"},
    {"syntax", "faults:", "faults: [", "20:", ""},
    {"no_mapping_at_all", "name: test/good", "- name: test/good", "", ""},
    {"unknown_site", "site: left,", "site: lift,", "7:", "did you mean 'left'?"},
    {"unknown_host_of_vm", "guest: {host: a", "guest: {host: c", "14:", "there is no host 'c'; there are: a, b"},
    {"vm_too_large", "memory: 64MiB", "memory: 2GiB", "14:", "does not fit"},
    {"vm_of_odd_size", "memory: 64MiB", "memory: 1001B", "14:", "multiple of 4 KiB"},
    {"pattern_without_rate", "pattern: zipf, rate: 1MB/s", "pattern: zipf", "14:", "a pattern needs a rate"},
    {"link_to_nowhere", "between: [a, b]", "between: [a, c]", "11:", "there is no host or switch 'c'"},
    {"link_to_itself", "between: [a, b]", "between: [a, a]", "11:", "two different machines"},
    {"link_of_three", "between: [a, b]", "between: [a, b, s]", "11:", "exactly 2 machines, got 3"},
    {"link_without_rate", "rate: 1Gbit/s, delay: 5ms, jitter", "delay: 5ms, jitter", "11:", "'rate' is missing"},
    {"two_links_of_a_name", "name: up", "name: direct", "12:", "two links are named 'direct'"},
    {"link_named_as_a_host", "name: up", "name: a", "12:", "a host or switch is named 'a' too"},
    {"jitter_above_delay", "jitter: 1ms", "jitter: 6ms", "11:", "exceeds the delay"},
    {"switch_named_as_a_host", "switches: [s]", "switches: [s, b]", "9:", "a host is named 'b' too"},
    {"migration_of_nobody", "vm: guest, to: b", "vm: guets, to: b", "18:", "did you mean 'guest'?"},
    {"migration_to_itself", "vm: guest, to: b", "vm: guest, to: a", "18:", "is on host 'a' already"},
    {"migration_to_a_switch", "vm: guest, to: b", "vm: guest, to: s", "18:", "there is no host 's'"},
    {"event_after_the_end", "- at: 1s", "- at: 2min", "17:", "is not before the end of the run"},
    {"event_of_no_kind", "migrate: {vm: guest, to: b}", "{}", "18:", ""},
    {"two_kinds_in_one_event", "migrate: {vm: guest, to: b}", "migrate: {vm: guest, to: b}\n    cancel: guest",
     "17:", "expected exactly one of migrate, cancel"},
    {"fault_without_time", "- at: 2s\n    cut", "- cut", "20:", "'at' is missing"},
    {"fault_of_no_link", "link: direct, for", "link: directly, for", "21:", "did you mean 'direct'?"},
    {"fault_of_a_bad_way", "for: 1s}", "direction: sideways}", "21:", "expected one of both, forward, backward"},
    {"partition_of_nobody", "cut: {link: direct, for: 1s}", "partition: [z]", "21:", "there is no host or switch 'z'"},
    {"clock_with_nothing_wrong", "cut: {link: direct, for: 1s}", "clock: {host: a}", "21:", "nothing is wrong"},
    {"clock_ahead_and_behind", "cut: {link: direct, for: 1s}", "clock: {host: a, ahead: 1s, behind: 1s}",
     "21:", "ahead or behind, not both"},
    {"clock_of_nobody", "cut: {link: direct, for: 1s}", "clock: {host: c, ahead: 1s}", "21:", "there is no host 'c'"},
    {"clock_that_runs_wild", "cut: {link: direct, for: 1s}", "clock: {host: a, drift_ppm: 1000000}", "21:", "100000"},
    {"rare_at_a_time", "cut: {link: direct, for: 1s}", "rare: 1%", "20:", "leave 'at' out"},
    {"chunks_too_small", "streams: 4", "chunk: 4KiB", "15:", "at least 512 KiB"},
    {"vm_on_no_host_that_matches", "guest: {host: a", "guest: {host: x*", "14:", "no host matches 'x*'"},
    {"evacuation_of_no_host_that_matches", "migrate: {vm: guest, to: b}", "evacuate: 'x*'",
     "18:", "no host matches 'x*'"},
    {"two_vms_of_a_name", "guest: {host: a", "guest-a: {host: a, memory: 4KiB}\n  guest: {host: 'a*'",
     "13:", "two VMs are named 'guest-a'"},
    {"fabric_host_that_is_there", "b: {site: right}",
     "b: {site: right}\n    host-1-1: {}\n  fabric: {racks: 1, hosts: 1, rate: 1Gbit/s}",
     "10:", "its host 'host-1-1' is named"},
    {"fabric_too_large", "switches: [s]", "fabric: {racks: 1000, hosts: 11, rate: 1Gbit/s}\n  switches: [s]",
     "9:", "more than 10000 hosts"},
    {"fabric_without_a_rate", "switches: [s]", "fabric: {racks: 2, hosts: 2}\n  switches: [s]",
     "9:", "'rate' is missing"},
    {"random_without_an_end", "- at: 2s\n    cut: {link: direct, for: 1s}", "- random: {from: 1s}",
     "20:", "'until' is missing"},
    {"random_that_ends_before_it_begins", "- at: 2s\n    cut: {link: direct, for: 1s}",
     "- random: {from: 3s, until: 2s}", "20:", "must be after 'from'"},
    {"threshold_of_no_metric", "migration.downtime_s < 500ms", "migration.downtime < 500ms",
     "23:", "migration.downtime"},
    {"threshold_without_operator", "migration.downtime_s < 500ms", "migration.downtime_s 500ms", "23:", "expect"},
    {"threshold_of_a_wrong_unit", "migration.downtime_s < 500ms", "migration.downtime_s < 5MiB", "23:", "expect"},
};
INSTANTIATE_TEST_SUITE_P(Files, WrongFile, testing::ValuesIn(wrongs),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

}  // namespace
}  // namespace dwcp::scenarios
