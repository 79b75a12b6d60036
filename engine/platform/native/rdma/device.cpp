#include "engine/platform/native/rdma/device.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <vector>

namespace dwcp::platform::native::rdma {
namespace {

constexpr std::size_t gids_max = 1024;  // of one device that are looked at

Gid gid_of(const asio::ip::address& at) {
  const auto v6 = at.is_v6() ? at.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, at.to_v4());
  const auto bytes = v6.to_bytes();
  Gid gid;
  std::memcpy(gid.data(), bytes.data(), gid.size());
  return gid;
}

bool is_usable(const ibv_gid_entry& entry) { return entry.gid_type == IBV_GID_TYPE_ROCE_V2 && entry.gid_index <= 255; }

std::vector<ibv_gid_entry> usable_gids(ibv_context* context) {
  std::vector<ibv_gid_entry> entries(gids_max);
  const auto count = ibv_query_gid_table(context, entries.data(), entries.size(), 0);
  entries.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  std::erase_if(entries, [](const ibv_gid_entry& entry) { return !is_usable(entry); });
  return entries;
}

std::optional<ibv_port_attr> port_that_is_up(ibv_context* context, std::uint32_t port) {
  ibv_port_attr attributes{};
  if (port > 255 || ibv_query_port(context, static_cast<std::uint8_t>(port), &attributes) != 0) return {};
  if (attributes.state != IBV_PORT_ACTIVE || attributes.link_layer != IBV_LINK_LAYER_ETHERNET) return {};
  return attributes;
}

// Waits for a device's events, and ends with the device or its executor.
class EventReader : public std::enable_shared_from_this<EventReader> {
 public:
  EventReader(std::shared_ptr<Device> device, const Executor& on)
      : device_(std::move(device)), events_(on, device_->context()->async_fd) {}
  ~EventReader() { events_.release(); }  // the descriptor is the device's own
  void wait() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](ErrorCode error) { self->take(error); });
  }

 private:
  void take(ErrorCode error) {
    if (error) return;
    device_->take_events();
    if (!device_->failed()) wait();
  }

  const std::shared_ptr<Device> device_;
  asio::posix::stream_descriptor events_;
};

}  // namespace

std::shared_ptr<Device> Device::open(ibv_device* device, const Executor& events_on) {
  Context context(ibv_open_device(device));
  if (!context) return nullptr;
  ProtectionDomain domain(ibv_alloc_pd(context.get()));
  const int flags = ::fcntl(context->async_fd, F_GETFL);
  if (!domain || flags < 0 || ::fcntl(context->async_fd, F_SETFL, flags | O_NONBLOCK) < 0) return nullptr;
  auto opened = std::make_shared<Device>(std::move(context), std::move(domain), ibv_get_device_name(device));
  const auto reader = std::make_shared<EventReader>(opened, events_on);
  asio::post(events_on, [reader] { reader->wait(); });
  return opened;
}

Device::Device(Context context, ProtectionDomain domain, std::string name)
    : context_(std::move(context)),
      domain_(std::move(domain)),
      name_(std::move(name)),
      registrar_(domain_.get()),
      memory_(name_, registrar_) {}

std::optional<Place> Device::find(const asio::ip::address& at) const {
  const Gid wanted = gid_of(at);
  for (const ibv_gid_entry& entry : usable_gids(context_.get())) {
    if (std::memcmp(entry.gid.raw, wanted.data(), wanted.size()) != 0) continue;
    if (const auto port = port_that_is_up(context_.get(), entry.port_num))
      return Place{static_cast<std::uint8_t>(entry.port_num), static_cast<std::uint8_t>(entry.gid_index), wanted,
                   static_cast<std::uint8_t>(port->active_mtu)};
  }
  return {};
}

bool Device::has_place() const {
  const auto gids = usable_gids(context_.get());
  return std::ranges::any_of(
      gids, [&](const ibv_gid_entry& entry) { return port_that_is_up(context_.get(), entry.port_num).has_value(); });
}

void Device::watch(const ibv_qp& queue_pair, std::uint8_t port, Tell tell) {
  const std::lock_guard hold(lock_);
  watched_[queue_pair.qp_num] = {port, queue_pair.send_cq, std::move(tell)};
}

void Device::forget(std::uint32_t queue_pair) {
  const std::lock_guard hold(lock_);
  watched_.erase(queue_pair);
}

void Device::take_events() {
  ibv_async_event event{};
  while (ibv_get_async_event(context_.get(), &event) == 0) {
    dispatch(event);
    ibv_ack_async_event(&event);  // only now may the queue pair that it names be destroyed
  }
  if (errno == EAGAIN || errno == EINTR) return;
  const Failure gone(Errc::unreachable,
                     "RDMA device " + name_ + ": its events cannot be read: " + std::strerror(errno));
  failed_ = true;
  tell(gone, [](auto, const Watched&) { return true; });
}

void Device::dispatch(const ibv_async_event& event) {
  const Failure failure(Errc::unreachable, "RDMA device " + name_ + ": " + ibv_event_type_str(event.event_type));
  switch (event.event_type) {
    case IBV_EVENT_QP_FATAL:
    case IBV_EVENT_QP_REQ_ERR:
    case IBV_EVENT_QP_ACCESS_ERR:
    case IBV_EVENT_PATH_MIG_ERR:
      return tell(failure, [&](std::uint32_t number, const Watched&) { return number == event.element.qp->qp_num; });
    case IBV_EVENT_CQ_ERR:
      return tell(failure, [&](auto, const Watched& pair) { return pair.completions == event.element.cq; });
    case IBV_EVENT_PORT_ERR:
      return tell(failure, [&](auto, const Watched& pair) { return pair.port == event.element.port_num; });
    case IBV_EVENT_DEVICE_FATAL:
      failed_ = true;
      return tell(failure, [](auto, const Watched&) { return true; });
    default:
      return;  // says that something changed, not that a pair ended
  }
}

template <class IsMeant>
void Device::tell(const Failure& failure, IsMeant is_meant) {
  const std::lock_guard hold(lock_);
  for (const auto& [number, pair] : watched_)
    if (is_meant(number, pair)) pair.tell(failure);
}

int Device::VerbsRegistrar::add(MutableByteSpan memory, Access access, Keys& keys) {
  const unsigned allowed = access == Access::exposed ? IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE : 0U;
  ibv_mr* const region = ibv_reg_mr(domain_, memory.data(), memory.size(), allowed);
  if (region == nullptr) return errno != 0 ? errno : ENOMEM;
  keys = {region->lkey, region->rkey, region};
  return 0;
}

void Device::VerbsRegistrar::remove(const Keys& keys) { ibv_dereg_mr(static_cast<ibv_mr*>(keys.handle)); }

}  // namespace dwcp::platform::native::rdma
