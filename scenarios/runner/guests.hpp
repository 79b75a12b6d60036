// The modelled guests of a scenario.
#pragma once

#include "hypervisor/model/host.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// The blueprints of all VMs. Throws Error(bad_scenario) naming the VM: an image that cannot be read or does not fit.
model::Catalogue make_catalogue(const Scenario& scenario, std::uint64_t seed);
model::HostOptions guest_host_options(const Scenario& scenario, const std::string& host, std::uint64_t seed);

// Numbers of the pages that are not the same on two hosts; what arrived otherwise than it was sent counts.
std::vector<std::uint64_t> wrong_pages(const VmId& vm, const model::GuestHost& source,
                                       const model::GuestHost& destination);

}  // namespace dwcp::scenarios
