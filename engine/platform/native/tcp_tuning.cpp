#include "engine/platform/native/tcp_tuning.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "engine/platform/native/kernel_tcp_info.hpp"

namespace dwcp::platform::native {
namespace {

constexpr std::size_t algorithm_name_max = 16;  // TCP_CA_NAME_MAX of the kernel

const char* algorithm_name(CongestionControl c) {
  switch (c) {
    case CongestionControl::bbr:
      return "bbr";
    case CongestionControl::cubic:
      return "cubic";
    case CongestionControl::platform_default:
    case CongestionControl::by_path:
      break;
  }
  return nullptr;
}

CongestionControl algorithm_in_force(int socket) {
  std::array<char, algorithm_name_max + 1> name{};
  socklen_t length = algorithm_name_max;
  if (getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) != 0)
    return CongestionControl::platform_default;
  for (const auto c : {CongestionControl::bbr, CongestionControl::cubic})
    if (std::strcmp(name.data(), algorithm_name(c)) == 0) return c;
  return CongestionControl::platform_default;
}

std::string kernel_setting(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.empty() ? "unknown" : line;
}

}  // namespace

void set_congestion_control(int socket, CongestionControl wanted) {
  if (wanted == CongestionControl::by_path) wanted = suitable_for(sample_path(socket).rtt_smoothed);
  const char* name = algorithm_name(wanted);
  if (name == nullptr) return;
  if (setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name, static_cast<socklen_t>(std::strlen(name))) == 0) return;
  throw Error(
      Errc::bad_configuration,
      std::string("congestion control '") + name + "' cannot be used on this host (" + std::strerror(errno) +
          "); available: " + kernel_setting("/proc/sys/net/ipv4/tcp_available_congestion_control") +
          "; allowed without privileges: " + kernel_setting("/proc/sys/net/ipv4/tcp_allowed_congestion_control"));
}

bool offers(CongestionControl congestion) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return false;
  const char* name = algorithm_name(congestion);
  const bool taken = name == nullptr || setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name,
                                                   static_cast<socklen_t>(std::strlen(name))) == 0;
  ::close(socket);
  return taken;
}

CongestionControl suitable_for(Duration rtt) {
  const bool bbr = rtt >= far_rtt && offers(CongestionControl::bbr);
  return bbr ? CongestionControl::bbr : CongestionControl::platform_default;
}

namespace {

// The forced variant ignores net.core.{w,r}mem_max and needs privileges; without them the kernel's cap applies.
void set_buffer(int socket, int forced_option, int option, Bytes size) {
  if (size == Bytes(0)) return;
  const int value = static_cast<int>(std::min<std::uint64_t>(size.value, std::numeric_limits<int>::max() / 2));
  if (setsockopt(socket, SOL_SOCKET, forced_option, &value, sizeof value) != 0)
    setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

}  // namespace

void tune(int socket, const StreamOptions& options) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto low_water = static_cast<unsigned>(unsent_low_water.value);
  setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low_water, sizeof low_water);
  set_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer);
  set_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer);
  set_congestion_control(socket, options.congestion);
}

PathSample sample_path(int socket) {
  PathSample sample;
  const auto info = kernel_tcp_info(socket);
  if (!info) return sample;
  sample.rtt_smoothed = std::chrono::microseconds(info->rtt_us);
  sample.rtt_min = std::chrono::microseconds(info->rtt_min_us);
  sample.delivery_rate = BitRate(info->delivery_rate_bytes_per_s * 8);
  sample.congestion_window = Bytes(info->congestion_window_bytes);
  sample.unacknowledged = Bytes(info->unacknowledged_bytes);
  sample.unsent = Bytes(info->unsent_bytes);
  sample.segments_sent = info->segments_sent;
  sample.segments_retransmitted = info->segments_retransmitted;
  sample.congestion = algorithm_in_force(socket);
  return sample;
}

}  // namespace dwcp::platform::native
