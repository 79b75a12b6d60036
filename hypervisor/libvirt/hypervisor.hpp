// The Hypervisor port on a host with libvirt and QEMU.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/migration/hypervisor.hpp"
#include "engine/platform/native/native_platform.hpp"

namespace dwcp::libvirt {

struct Config {
  std::string uri = "qemu:///system";  // of the host's own daemon
  // The daemon's socket for full access; empty: virtqemud's or libvirtd's usual place, whichever is there.
  std::filesystem::path socket = {};
  // Sockets between QEMU and the agent; QEMU's user must be able to enter it. Made when it is not there.
  std::filesystem::path runtime = "/run/dwcp";
  // Where disks that travel with a guest may lie, or below: only there are they made, or written over.
  std::vector<std::filesystem::path> disk_folders = {"/var/lib/libvirt/images"};
};

// Connects to the daemon and probes what it and its QEMU can do. Throws Error(unreachable) when the daemon does not
// answer, Error(bad_configuration) when it is too old. The platform outlives the hypervisor.
std::unique_ptr<migration::Hypervisor> connect(platform::native::NativePlatform& platform, Config config);

}  // namespace dwcp::libvirt
