// Where the sockets of one migration are. QEMU and libvirt use the same path at both ends: each host has its own folder
// of that name.
#pragma once

#include <filesystem>
#include <string>

namespace dwcp::libvirt {

struct Paths {
  Paths(const std::filesystem::path& runtime, const std::string& token) : folder(runtime / "moves" / token) {}
  std::filesystem::path rpc() const { return folder / "libvirt"; }  // at the source: the destination's daemon
  std::filesystem::path stream() const { return folder / "qemu"; }
  std::filesystem::path disks() const { return folder / "disks"; }

  // Open to QEMU's user, whoever that is; the token is a secret between the two hosts.
  void make() const {
    std::filesystem::create_directories(folder);
    std::filesystem::permissions(folder.parent_path(), std::filesystem::perms(0711));
    std::filesystem::permissions(folder, std::filesystem::perms(01777));
  }
  void remove() const {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::filesystem::path folder;
};

}  // namespace dwcp::libvirt
