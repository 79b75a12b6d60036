#include "cli/agent/hypervisor.hpp"
#include "hypervisor/libvirt/hypervisor.hpp"

namespace dwcp::cli {

std::unique_ptr<migration::Hypervisor> connect_hypervisor(platform::native::NativePlatform& platform,
                                                          const LibvirtSection& section) {
  libvirt::Config config;
  config.uri = section.uri;
  config.socket = section.socket;
  config.runtime = section.runtime;
  config.create_disks = section.create_disks;
  return libvirt::connect(platform, std::move(config));
}

}  // namespace dwcp::cli
