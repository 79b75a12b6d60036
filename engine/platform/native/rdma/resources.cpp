#include "engine/platform/native/rdma/resources.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace dwcp::platform::native::rdma {
namespace {

Error device_refuses(const Device& device, const std::string& what) {
  const std::string why = std::strerror(errno);
  return Error(Errc::out_of_budget, "RDMA device " + device.name() + " refuses " + what + ": " + why);
}

void at_least_one(const char* name, std::uint64_t value) {
  if (value < 1) throw Error(Errc::bad_value, std::string("queue pair: ") + name + " is 0; it must be 1 or more");
}

void at_most(const Device& device, const char* name, std::uint64_t value, int limit) {
  if (value > static_cast<std::uint64_t>(std::max(limit, 0)))
    throw Error(Errc::out_of_budget, "RDMA device " + device.name() + ": a queue pair has at most " +
                                         std::to_string(limit) + " " + name + ", not " + std::to_string(value));
}

void check_options(const Device& device, const QueuePairOptions& options) {
  at_least_one("exposed", options.exposed.value);
  at_least_one("own", options.own.value);
  at_least_one("writes_max", options.writes_max);
  at_least_one("arrivals_max", options.arrivals_max);
  ibv_device_attr limits{};
  if (ibv_query_device(device.context(), &limits) != 0) throw device_refuses(device, "to tell its limits");
  at_most(device, "outstanding writes", options.writes_max, limits.max_qp_wr);
  at_most(device, "outstanding arrivals", options.arrivals_max, limits.max_qp_wr);
  at_most(device, "outstanding writes and arrivals", std::uint64_t{options.writes_max} + options.arrivals_max,
          limits.max_cqe);
}

CompletionChannel channel_of(const Device& device) {
  CompletionChannel channel(ibv_create_comp_channel(device.context()));
  if (!channel) throw device_refuses(device, "a completion channel");
  const int flags = ::fcntl(channel->fd, F_GETFL);
  if (flags < 0 || ::fcntl(channel->fd, F_SETFL, flags | O_NONBLOCK) < 0)
    throw device_refuses(device, "a completion channel that does not block");
  return channel;
}

}  // namespace

Resources::Resources(std::shared_ptr<Device> from, const QueuePairOptions& options) : device(std::move(from)) {
  check_options(*device, options);
  exposed = device->memory().take(options.exposed, Access::exposed);
  own = device->memory().take(options.own, Access::local);
  channel = channel_of(*device);
  const auto count = static_cast<int>(options.writes_max + options.arrivals_max);
  completions.reset(ibv_create_cq(device->context(), count, nullptr, channel.get(), 0));
  if (!completions) throw device_refuses(*device, "a completion queue of " + std::to_string(count) + " entries");
  ibv_qp_init_attr wanted{};
  wanted.send_cq = wanted.recv_cq = completions.get();
  wanted.cap = {options.writes_max, options.arrivals_max, 1, 1, 0};
  wanted.qp_type = IBV_QPT_RC;
  wanted.sq_sig_all = 1;
  pair.reset(ibv_create_qp(device->domain(), &wanted));
  if (!pair) throw device_refuses(*device, "a queue pair");
}

}  // namespace dwcp::platform::native::rdma
