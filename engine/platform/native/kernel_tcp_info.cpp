#include "engine/platform/native/kernel_tcp_info.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace dwcp::platform::native {

std::optional<KernelTcpInfo> kernel_tcp_info(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  KernelTcpInfo out;
  out.rtt_us = info.tcpi_rtt;
  out.congestion_window_bytes = std::uint64_t{info.tcpi_snd_cwnd} * info.tcpi_snd_mss;
  out.segments_retransmitted = info.tcpi_total_retrans;
  // Older kernels give a shorter structure: what lies behind its end was not written.
  if (length >= offsetof(tcp_info, tcpi_delivery_rate) + sizeof info.tcpi_delivery_rate) {
    if (info.tcpi_min_rtt != ~0U) out.rtt_min_us = info.tcpi_min_rtt;
    out.unsent_bytes = info.tcpi_notsent_bytes;
    out.segments_sent = info.tcpi_data_segs_out;  // before the delivery rate in the structure
    out.delivery_rate_bytes_per_s = info.tcpi_delivery_rate;
  }
  // The send queue is what was not acknowledged, sent or not; exact where segments times their size is not.
  int queued = 0;
  if (ioctl(socket, SIOCOUTQ, &queued) == 0)
    out.unacknowledged_bytes =
        static_cast<std::uint64_t>(std::max(0, queued)) -
        std::min<std::uint64_t>(out.unsent_bytes, static_cast<std::uint64_t>(std::max(0, queued)));
  return out;
}

}  // namespace dwcp::platform::native
