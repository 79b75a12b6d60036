// What can be left out of a scenario's document.
#pragma once

#include <string_view>

#include "scenarios/explore/ddmin.hpp"
#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

// One kind of parts. Documents are concrete (concrete.hpp).
struct PartKind {
  std::string_view name;                                    // "faults"
  std::size_t (*count)(const Json& document);               // parts that could be left out
  Json (*keep)(const Json& document, const Subset& parts);  // with these parts only, and nothing that speaks of others
};

// Faults, VMs, events, hosts, switches, links, expectations, and settings whose default is simpler; in the order in
// which leaving them out is tried, because each is cheap to run without the ones before it.
const std::vector<PartKind>& part_kinds();

}  // namespace dwcp::scenarios
