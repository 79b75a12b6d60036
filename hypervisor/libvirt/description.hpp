// What a source says of a guest to the destination's hypervisor, in GuestOffer::description; and what both read in a
// guest's domain XML.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::libvirt {

struct Disk {
  std::string target;  // "vda"
  std::string path;    // of a file or block device on the host
  std::string format;  // "raw", "qcow2"
  bool file = true;    // not a block device
  bool travels = false;
  Bytes capacity{0};    // as the guest sees it; of those that travel
  Bytes allocation{0};  // on the source's storage
};

struct Description {
  std::string token;               // names the migration's sockets on both hosts: 16 hexadecimal digits
  unsigned long qemu_version = 0;  // as libvirt counts: 10.0.2 is 10'000'002
  std::string xml;
  std::vector<Disk> disks;
};

std::string to_text(const Description&);
// Of foreign bytes. Errors: protocol_error.
Result<Description> parse_description(const std::string& text);

// What matters in a domain's XML.
struct DomainFacts {
  std::string virt_type, arch, machine, emulator, cpu_mode, cpu_model;
  std::vector<Disk> disks;            // with a local source
  std::vector<std::string> bridges;   // of the host, that its network devices need
  std::vector<std::string> networks;  // of libvirt
  std::vector<std::string> immobile;  // devices that cannot leave the host
};
Result<DomainFacts> read_domain(const std::string& xml);

// "10.0.2".
std::string version_text(unsigned long version);

// Whether a disk may lie at `path`: absolute, and within one of `folders` when its links are followed.
bool may_lie_at(const std::filesystem::path& path, const std::vector<std::filesystem::path>& folders);

}  // namespace dwcp::libvirt
