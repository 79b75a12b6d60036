#include "engine/platform/native/rdma/devices.hpp"

#include <algorithm>
#include <filesystem>

namespace dwcp::platform::native::rdma {
namespace {

// Asked before libibverbs is: where there is no device, that costs more, and may warn of drivers that are not
// installed.
bool kernel_has_devices() {
  std::error_code none;
  const std::filesystem::directory_iterator devices("/sys/class/infiniband", none);
  return !none && devices != std::filesystem::directory_iterator();
}

}  // namespace

std::vector<std::shared_ptr<Device>> Devices::opened() {
  if (!kernel_has_devices()) return {};
  int count = 0;
  const DeviceList list(ibv_get_device_list(&count));
  std::vector<std::shared_ptr<Device>> all;
  std::map<std::string, std::shared_ptr<Device>> present;  // what is not there any more is closed
  const std::lock_guard hold(lock_);
  for (int i = 0; list && i < count; ++i) {
    const std::string name = ibv_get_device_name(list[static_cast<std::size_t>(i)]);
    auto known = devices_.find(name);
    auto device = known != devices_.end() && !known->second->failed()
                      ? known->second
                      : Device::open(list[static_cast<std::size_t>(i)], events_on_);
    if (!device) continue;  // of another kind, or not for this process
    all.push_back(device);
    present.emplace(name, std::move(device));
  }
  devices_ = std::move(present);
  return all;
}

bool Devices::any() {
  const auto all = opened();
  return std::ranges::any_of(all, [](const auto& device) { return device->has_place(); });
}

std::optional<Devices::Found> Devices::find(const asio::ip::address& at) {
  for (auto& device : opened())
    if (const auto place = device->find(at)) return Found{std::move(device), *place};
  return {};
}

}  // namespace dwcp::platform::native::rdma
