#include "hypervisor/libvirt/checks.hpp"

#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <pugixml.hpp>

namespace dwcp::libvirt {
namespace {

constexpr unsigned long libvirt_least = 9'000'000;        // that the relayed calls were tried with
constexpr unsigned long qemu_least = 7'002'000;           // whose stream hypervisor/qemu_stream reads
constexpr unsigned long qemu_emulated_least = 9'000'000;  // without KVM: older ones lose the guest's writes on the way
constexpr Bytes memory_reserve = MiB(64);                 // of the host, beyond the guest's own

[[noreturn]] void refuse(const std::string& what) { throw Error(Errc::refused, what); }

std::string text_of(char* raw) {
  const std::string text = raw ? raw : "";
  std::free(raw);
  return text;
}

unsigned long qemu_version(virConnectPtr connection) {
  unsigned long version = 0;
  if (virConnectGetVersion(connection, &version) < 0) throw_last(Errc::hypervisor_failed, "QEMU's version");
  return version;
}

// An emulated processor's writes can be missed by the dirty bitmap (fixed in QEMU 9.0).
std::string emulation_objection(const std::string& virt_type, unsigned long version) {
  if (virt_type != "qemu" || version >= qemu_emulated_least) return {};
  return "QEMU " + version_text(version) +
         " corrupts guests without KVM when they migrate; 9.0 or newer would be right";
}

Bytes memory_available(virConnectPtr connection) {
  int count = 0;
  if (virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, nullptr, &count, 0) < 0)
    throw_last(Errc::hypervisor_failed, "the host's memory");
  std::vector<virNodeMemoryStats> stats(static_cast<std::size_t>(count));
  if (virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats.data(), &count, 0) < 0)
    throw_last(Errc::hypervisor_failed, "the host's memory");
  std::uint64_t kib = 0;
  for (const auto& one : stats) {
    const std::string field = one.field;
    if (field == VIR_NODE_MEMORY_STATS_FREE || field == VIR_NODE_MEMORY_STATS_BUFFERS ||
        field == VIR_NODE_MEMORY_STATS_CACHED)
      kib += one.value;
  }
  return KiB(kib);
}

void check_machine(virConnectPtr connection, const DomainFacts& facts) {
  const auto optional = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  const std::string xml =
      text_of(virConnectGetDomainCapabilities(connection, optional(facts.emulator), optional(facts.arch),
                                              optional(facts.machine), optional(facts.virt_type), 0));
  if (xml.empty()) {
    try {
      throw_last(Errc::refused, "its QEMU cannot run machine '" + facts.machine + "' of the guest");
    } catch (const Error& error) {
      refuse(error.detail());
    }
  }
  if (facts.cpu_mode != "custom" || facts.cpu_model.empty()) return;
  pugi::xml_document capabilities;
  capabilities.load_string(xml.c_str());
  const auto cpu = capabilities.child("domainCapabilities").child("cpu");
  const auto custom = cpu.find_child_by_attribute("mode", "name", "custom");
  for (const auto& model : custom.children("model"))
    if (facts.cpu_model == model.child_value()) return;
  refuse("its QEMU does not know the guest's processor model '" + facts.cpu_model + "'");
}

Bytes space_left(const std::filesystem::path& folder) {
  struct statvfs space {};
  if (statvfs(folder.c_str(), &space) != 0) refuse("the folder " + folder.string() + " for a disk does not exist");
  return Bytes(std::uint64_t{space.f_bavail} * space.f_frsize);
}

void make_file(const Disk& disk) {
  if (disk.format != "raw" && disk.format != "qcow2")
    refuse("disk " + disk.target + " (" + disk.path + ") is missing, and cannot be made in format '" + disk.format +
           "'; raw or qcow2 could");
  const pid_t child = fork();
  if (child == 0) {
    const std::string size = std::to_string(disk.capacity.value);
    execlp("qemu-img", "qemu-img", "create", "-q", "-f", disk.format.c_str(), disk.path.c_str(), size.c_str(), nullptr);
    _exit(127);
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    refuse("disk " + disk.target + " (" + disk.path + ") is missing, and qemu-img could not make it");
}

void check_disk(const Disk& disk, bool copied, const Config& config) {
  const std::filesystem::path path(disk.path);
  const std::string name = "disk " + disk.target + " (" + disk.path + ")";
  std::error_code ignored;
  const bool exists = std::filesystem::exists(path, ignored);
  if (!copied || !disk.travels) {
    if (!exists) refuse(name + " is missing; share it between the hosts, or let it travel (--copy-storage)");
    return;
  }
  if (!may_lie_at(path, config.disk_folders))
    refuse(name + " may not travel: its folder is none of this host's libvirt.disk_folders");
  if (disk.file) {
    const Bytes left = space_left(path.parent_path());
    if (left < disk.allocation)
      refuse(name + " needs " + to_string(disk.allocation) + "; " + path.parent_path().string() + " has " +
             to_string(left) + " left");
  }
  if (exists) return;
  if (!disk.file) refuse(name + " is missing; make it with " + to_string(disk.capacity) + " before the guest comes");
  make_file(disk);
}

}  // namespace

void check_versions(virConnectPtr connection) {
  unsigned long daemon = 0;
  if (virConnectGetLibVersion(connection, &daemon) < 0) throw_last(Errc::unreachable, "libvirt's version");
  if (daemon < libvirt_least)
    throw Error(Errc::bad_configuration, "libvirt " + version_text(daemon) + " is too old; " +
                                             version_text(libvirt_least) + " or newer would be right");
  const unsigned long qemu = qemu_version(connection);
  if (qemu < qemu_least)
    throw Error(Errc::bad_configuration,
                "QEMU " + version_text(qemu) + " is too old; " + version_text(qemu_least) + " or newer would be right");
}

void check_departure(virConnectPtr connection, const VmId& vm, const DomainFacts& facts) {
  const auto stays = [&](const std::string& why) {
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' cannot be moved: " + why);
  };
  if (const auto objection = emulation_objection(facts.virt_type, qemu_version(connection)); !objection.empty())
    stays(objection);
  if (!facts.immobile.empty()) stays("it holds " + facts.immobile.front());
}

void check_landing(virConnectPtr connection, const VmId& vm, const Description& offered, Bytes memory,
                   const Config& config) {
  const auto facts = read_domain(offered.xml);
  if (!facts) throw Error(facts.error());
  const unsigned long qemu = qemu_version(connection);
  if (const auto objection = emulation_objection(facts->virt_type, qemu); !objection.empty()) refuse(objection);
  if (qemu / 1'000'000 < offered.qemu_version / 1'000'000)
    refuse("its QEMU " + version_text(qemu) + " is older than the source's " + version_text(offered.qemu_version));
  if (look_up(connection, vm))
    throw Error(Errc::already_exists,
                "guest '" + vm.text + "' is defined here already; undefine it before the guest comes");
  if (const Bytes available = memory_available(connection); available < memory + memory_reserve)
    refuse("guest '" + vm.text + "' needs " + to_string(memory) + " of memory; the host has " + to_string(available) +
           " left");
  check_machine(connection, *facts);
  const bool copied = std::any_of(offered.disks.begin(), offered.disks.end(), [](const Disk& d) { return d.travels; });
  for (const Disk& disk : offered.disks) check_disk(disk, copied, config);
  for (const std::string& bridge : facts->bridges)
    if (!std::filesystem::exists("/sys/class/net/" + bridge)) refuse("there is no bridge '" + bridge + "'");
  for (const std::string& name : facts->networks) {
    const virNetworkPtr network = virNetworkLookupByName(connection, name.c_str());
    const bool active = network && virNetworkIsActive(network) == 1;
    if (network) virNetworkFree(network);
    if (!active) refuse("there is no active network '" + name + "'");
  }
}

}  // namespace dwcp::libvirt
