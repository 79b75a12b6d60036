#include "cli/agent/hypervisor.hpp"

namespace dwcp::cli {

std::unique_ptr<migration::Hypervisor> connect_hypervisor(platform::native::NativePlatform&, const LibvirtSection&) {
  throw Error(
      Errc::bad_configuration,
      "this build has no libvirt: install the packages libvirt-dev and libpugixml-dev, and build again (./dwcp build)");
}

}  // namespace dwcp::cli
