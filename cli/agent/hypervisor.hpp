// The hypervisor of this host, as far as this build has one.
#pragma once

#include <memory>

#include "cli/agent/config.hpp"
#include "engine/migration/hypervisor.hpp"
#include "engine/platform/native/native_platform.hpp"

namespace dwcp::cli {

// Throws Error: bad_configuration when this build knows no hypervisor, naming the package that brings it; and as
// libvirt::connect().
std::unique_ptr<migration::Hypervisor> connect_hypervisor(platform::native::NativePlatform& platform,
                                                          const LibvirtSection& section);

}  // namespace dwcp::cli
