// Which data streams go by RDMA: all, where both hosts can, until it fails on a path; then TCP carries on there, and
// RDMA is tried again later. A stream with the wrong carrier goes on until one of its index with the right one has
// joined.
#include <algorithm>

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {
namespace {

constexpr unsigned doublings_max = 5;

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
  const auto found = rdma_paths_.find(path);
  return found == rdma_paths_.end() || now() >= found->second.again;
}

// Of the dialing side.
std::size_t SessionCore::path_of(const Endpoint& remote) const {
  const auto& paths = dialing_->paths;
  return static_cast<std::size_t>(std::find(paths.begin(), paths.end(), remote) - paths.begin());
}

bool SessionCore::has_right_carrier(const DataStream& stream) const {
  if (stream.transport->carrier() == Carrier::rdma) return rdma_wanted_;
  return !goes_by_rdma(path_of(stream.transport->remote()));
}

void SessionCore::choose_carriers() {
  if (!dialing_) return;
  const bool all_right = std::all_of(streams_.begin(), streams_.end(), [this](const auto& s) {
    return !s.second->usable() || has_right_carrier(*s.second);
  });
  if (!all_right) dial_wake_.notify_all();
}

// Several streams of a path fail together, and count as one failure.
void SessionCore::rdma_failed(std::size_t path, Duration lasted, const Failure& reason) {
  ++stats_.rdma_failures;
  RdmaPath& state = rdma_paths_[path];
  const bool first = now() >= state.again;
  if (first) {
    if (lasted > config_.rdma_retry) state.failures = 0;
    state.again = now() + config_.rdma_retry * (1U << std::min(state.failures, doublings_max));
    ++state.failures;
  }
  platform_.record("amst.rdma_failed", {{"peer", agreement_.peer.node.text},
                                        {"path", std::uint64_t{path}},
                                        {"reason", reason.message()},
                                        {"again_in_ns", state.again - now()}});
}

void SessionCore::lost_by_rdma(const DataStream& stream, const Failure& reason) {
  if (stream.transport->carrier() != Carrier::rdma || stream.superseded) return;
  if (dialing_) return rdma_failed(path_of(stream.transport->remote()), now() - stream.joined, reason);
  ++stats_.rdma_failures;
  platform_.record("amst.rdma_failed", {{"peer", agreement_.peer.node.text}, {"reason", reason.message()}});
}

}  // namespace dwcp::amst
