// What only one living agent may have: its state folder, and its socket's path.
#pragma once

#include <filesystem>
#include <string>

namespace dwcp::cli {

// Holds a folder for this process; made when it is not there. Two agents that wrote to one journal would each believe
// the other's decisions to be their own. The kernel gives the folder back when the process ends, however it ends.
class FolderLock {
 public:
  // Throws Error: already_exists naming the process that holds it, storage_failed.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

// Makes room for a socket at `path`: makes the folder, and removes the socket of an agent that is dead. Throws Error:
// already_exists naming the process that listens there, or saying that there is something else; storage_failed.
void claim_socket_path(const std::filesystem::path& path);

}  // namespace dwcp::cli
