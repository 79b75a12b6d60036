#include "engine/platform/native/rdma/transitions.hpp"

#include <algorithm>

namespace dwcp::platform::native::rdma {
namespace {

constexpr std::uint8_t hop_limit = 64;  // RFC 1700's default; RoCE v2 is routed
// The peer's time to ask for again when it had no receive posted: 0.64 ms. It does not happen as long as both sides
// keep to arrivals_max.
constexpr std::uint8_t not_ready_timer = 12;
constexpr std::uint8_t not_ready_retries = 7;  // without end
// A packet that is not acknowledged is sent again after 4.096 us * 2^16 = 268 ms, six times: the pair fails after at
// least 1.9 s (adapters may take up to four times as long), so a peer that connects a little later is waited for. What
// is lost in the middle is asked for by the peer at once. Not seven times, the most there is: SoftRoCE takes that for
// "without end", and a peer that is gone would never be missed.
constexpr std::uint8_t acknowledge_timeout = 16;
constexpr std::uint8_t acknowledge_retries = 6;

}  // namespace

int to_init(ibv_qp& pair, const Place& place) {
  ibv_qp_attr to{};
  to.qp_state = IBV_QPS_INIT;
  to.port_num = place.port;
  to.qp_access_flags = IBV_ACCESS_REMOTE_WRITE;
  return ibv_modify_qp(&pair, &to, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);
}

int to_ready_to_receive(ibv_qp& pair, const Place& place, const PairAddress& peer) {
  ibv_qp_attr to{};
  to.qp_state = IBV_QPS_RTR;
  to.path_mtu = static_cast<ibv_mtu>(std::min(place.mtu, peer.mtu));
  to.dest_qp_num = peer.number;
  to.rq_psn = peer.first_packet;
  to.min_rnr_timer = not_ready_timer;
  to.ah_attr.is_global = 1;
  to.ah_attr.port_num = place.port;
  to.ah_attr.grh.sgid_index = place.index;
  to.ah_attr.grh.hop_limit = hop_limit;
  std::ranges::copy(peer.gid, reinterpret_cast<std::byte*>(to.ah_attr.grh.dgid.raw));
  return ibv_modify_qp(&pair, &to,
                       IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
                           IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER);
}

int to_ready_to_send(ibv_qp& pair, std::uint32_t first_packet) {
  ibv_qp_attr to{};
  to.qp_state = IBV_QPS_RTS;
  to.sq_psn = first_packet;
  to.timeout = acknowledge_timeout;
  to.retry_cnt = acknowledge_retries;
  to.rnr_retry = not_ready_retries;
  return ibv_modify_qp(
      &pair, &to,
      IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | IBV_QP_MAX_QP_RD_ATOMIC);
}

int to_error(ibv_qp& pair) {
  ibv_qp_attr to{};
  to.qp_state = IBV_QPS_ERR;
  return ibv_modify_qp(&pair, &to, IBV_QP_STATE);
}

}  // namespace dwcp::platform::native::rdma
