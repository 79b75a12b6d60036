// Which data streams go by RDMA: all, where both hosts can, until it fails on a path; then TCP carries on there, and
// RDMA is tried again later. A stream with the wrong carrier goes on until one of its index with the right one has
// joined.
#include "engine/amst/session_core.hpp"

namespace dwcp::amst {
namespace {

constexpr unsigned rdma_doublings_max = 5;

}  // namespace

void SessionCore::set_rdma(bool wanted) {
  wanted = wanted && config_.rdma;
  if (wanted == rdma_wanted_) return;
  rdma_wanted_ = wanted;
  platform_.record("amst.rdma_wanted", {{"peer", agreement_.peer.node.text}, {"wanted", rdma_wanted_}});
  dial_wake_.notify_all();
}

bool SessionCore::goes_by_rdma(std::size_t path) const {
  if (!rdma_wanted_ || (agreement_.peer.features & wire::feature_rdma) == 0) return false;
  return now() >= path_states_[path].without_rdma.until;
}

bool SessionCore::has_right_carrier(const DataStream& stream) const {
  if (stream.transport->carrier() == Carrier::rdma) return rdma_wanted_;
  return !goes_by_rdma(path_of(stream.transport->remote()));
}

void SessionCore::rdma_failed(std::size_t path, Duration lasted, const Failure& reason) {
  ++stats_.rdma_failures;
  Trouble& trouble = path_states_[path].without_rdma;
  if (lasted > config_.rdma_retry) trouble.in_a_row = 0;
  trouble.note(now(), config_.rdma_retry, rdma_doublings_max);
  platform_.record("amst.rdma_failed", {{"peer", agreement_.peer.node.text},
                                        {"path", std::uint64_t{path}},
                                        {"reason", reason.message()},
                                        {"again_in_ns", trouble.until - now()}});
}

// Not a failure: the hosts do RDMA elsewhere. Said once until it is tried again.
void SessionCore::rdma_absent(std::size_t path, const Failure& reason) {
  Trouble& trouble = path_states_[path].without_rdma;
  if (now() < trouble.until) return;
  trouble.note(now(), config_.rdma_retry, rdma_doublings_max);
  platform_.record("amst.rdma_absent", {{"peer", agreement_.peer.node.text},
                                        {"path", std::uint64_t{path}},
                                        {"reason", reason.message()},
                                        {"again_in_ns", trouble.until - now()}});
}

void SessionCore::lost_by_rdma(const DataStream& stream, const Failure& reason) {
  if (stream.superseded) return;
  if (dialing_) return rdma_failed(path_of(stream.transport->remote()), now() - stream.joined, reason);
  ++stats_.rdma_failures;
  platform_.record("amst.rdma_failed", {{"peer", agreement_.peer.node.text}, {"reason", reason.message()}});
}

}  // namespace dwcp::amst
