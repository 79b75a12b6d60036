// TCP_INFO in the kernel's own, longer layout. Apart from everything else: <linux/tcp.h> and the <netinet/tcp.h> that
// Asio includes exclude each other.
#pragma once

#include <cstdint>
#include <optional>

namespace dwcp::platform::native {

// Units are in the names; what this kernel does not give is 0.
struct KernelTcpInfo {
  std::uint64_t rtt_us = 0;
  std::uint64_t rtt_min_us = 0;
  std::uint64_t delivery_rate_bytes_per_s = 0;
  std::uint64_t congestion_window_bytes = 0;
  std::uint64_t unacknowledged_bytes = 0;
  std::uint64_t unsent_bytes = 0;
  std::uint64_t segments_sent = 0;  // with data, those sent again included
  std::uint64_t segments_retransmitted = 0;
};

// Empty when `socket` is no TCP socket.
std::optional<KernelTcpInfo> kernel_tcp_info(int socket);

}  // namespace dwcp::platform::native
