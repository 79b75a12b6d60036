// Whether a guest can go, and whether this host can take it: asked before the guest is touched.
#pragma once

#include "hypervisor/libvirt/calls.hpp"
#include "hypervisor/libvirt/description.hpp"
#include "hypervisor/libvirt/hypervisor.hpp"

namespace dwcp::libvirt {

// Throws Error(bad_configuration) when the daemon or its QEMU is too old to serve migrations at all.
void check_versions(virConnectPtr connection);

// At the source. Throws Error(hypervisor_failed) naming what keeps the guest here.
void check_departure(virConnectPtr connection, const VmId& vm, const DomainFacts& facts);

// At the destination. Throws Error(refused) naming what is missing and what would be right. Makes the files of disks
// that travel when they are not there.
void check_landing(virConnectPtr connection, const VmId& vm, const Description& offered, Bytes memory,
                   const Config& config);

}  // namespace dwcp::libvirt
