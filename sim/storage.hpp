// The port's storage on a simulated disk: operations take the disk's time and meet its failures.
#pragma once

#include "engine/platform/storage.hpp"
#include "sim/context.hpp"
#include "sim/disk.hpp"

namespace dwcp::sim {

class Storage final : public platform::Storage {
 public:
  Storage(Context& context, Disk& disk) : context_(context), disk_(disk) {}

  Task<std::shared_ptr<platform::File>> open(std::string name, platform::OpenMode mode) override;
  Task<bool> exists(std::string name) override;
  Task<void> remove(std::string name) override;
  Task<void> rename(std::string from, std::string to) override;
  Task<std::vector<std::string>> list(std::string folder) override;

 private:
  Context& context_;
  Disk& disk_;
};

}  // namespace dwcp::sim
