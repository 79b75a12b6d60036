// Storage as files below one folder of the host.
#pragma once

#include <filesystem>

#include "engine/platform/native/workers.hpp"
#include "engine/platform/storage.hpp"

namespace dwcp::platform::native {

// Every operation runs on `workers`, so that a slow disk holds no executor up. An operation that has begun is not
// cancelled: after it, it has happened.
class FolderStorage final : public Storage {
 public:
  // `root` need not exist yet: folders are made when a file in them is created.
  FolderStorage(std::filesystem::path root, Workers& workers) : root_(std::move(root)), workers_(workers) {}

  Task<std::shared_ptr<File>> open(std::string name, OpenMode mode) override;
  Task<bool> exists(std::string name) override;
  Task<void> remove(std::string name) override;
  Task<void> rename(std::string from, std::string to) override;
  Task<std::vector<std::string>> list(std::string folder) override;

 private:
  std::filesystem::path path_of(const std::string& name) const;

  std::filesystem::path root_;
  Workers& workers_;
};

}  // namespace dwcp::platform::native
