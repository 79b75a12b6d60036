#include "cli/agent/hypervisor.hpp"
#include "hypervisor/libvirt/hypervisor.hpp"

namespace dwcp::cli {

std::unique_ptr<migration::Hypervisor> connect_hypervisor(platform::native::NativePlatform& platform,
                                                          const LibvirtSection& section) {
  libvirt::Config config;
  config.uri = section.uri;
  config.socket = section.socket;
  config.runtime = section.runtime;
  config.disk_folders.assign(section.disk_folders.begin(), section.disk_folders.end());
  return libvirt::connect(platform, std::move(config));
}

}  // namespace dwcp::cli
