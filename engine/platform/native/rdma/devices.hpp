// The devices of this host that do RDMA.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/platform/native/rdma/device.hpp"

namespace dwcp::platform::native::rdma {

// Safe on every executor. A device stays open from the first look at it on; one that failed is opened anew.
class Devices {
 public:
  // `events_on`: where the devices' events are read.
  explicit Devices(Executor events_on) : events_on_(std::move(events_on)) {}

  bool any();
  struct Found {
    std::shared_ptr<Device> device;
    Place place;
  };
  std::optional<Found> find(const asio::ip::address& at);

 private:
  std::vector<std::shared_ptr<Device>> opened();

  const Executor events_on_;
  std::mutex lock_;
  std::map<std::string, std::shared_ptr<Device>> devices_;
};

}  // namespace dwcp::platform::native::rdma
