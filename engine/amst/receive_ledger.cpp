#include "engine/amst/receive_ledger.hpp"

namespace dwcp::amst {

Result<bool> ReceiveLedger::arrived(Sequence sequence, const ChunkOptions& options, Slice payload) {
  if (received_.contains(sequence.value)) return false;
  const std::size_t outstanding = ready_count_ + barriers_.size() + delivered_.size();
  // A correct sender leaves at most one gap per chunk that it has not yet sent.
  if (outstanding >= Limits::chunks_outstanding_max || received_.count() > Limits::chunks_outstanding_max)
    return Failure(Errc::protocol_error,
                   "more than " + std::to_string(Limits::chunks_outstanding_max) + " chunks outstanding");
  received_.insert({sequence.value, sequence.value});
  news_received_.insert({sequence.value, sequence.value});
  held_ += Bytes(payload.size());
  if (options.barrier && released_.floor() + 1 < sequence.value)
    barriers_.emplace(sequence.value, Held{options, std::move(payload)});
  else
    ready(sequence, options.priority, options.channel, std::move(payload));
  return true;
}

void ReceiveLedger::ready(Sequence sequence, Priority priority, Channel channel, Slice payload) {
  ready_[static_cast<std::size_t>(priority)].push_back({sequence, channel, std::move(payload)});
  ++ready_count_;
}

std::optional<Delivery> ReceiveLedger::next() {
  for (auto& queue : ready_) {
    if (queue.empty()) continue;
    Delivery delivery = std::move(queue.front());
    queue.pop_front();
    --ready_count_;
    delivered_.emplace(delivery.sequence.value, Bytes(delivery.payload.size()));
    return delivery;
  }
  return std::nullopt;
}

Bytes ReceiveLedger::release(Sequence sequence) {
  const auto it = delivered_.find(sequence.value);
  if (it == delivered_.end()) return Bytes(0);
  const Bytes size = it->second;
  delivered_.erase(it);
  held_ -= size;
  released_.insert({sequence.value, sequence.value});
  news_released_.insert({sequence.value, sequence.value});
  open_barriers();
  return size;
}

void ReceiveLedger::open_barriers() {
  while (!barriers_.empty() && barriers_.begin()->first <= released_.floor() + 1) {
    auto node = barriers_.extract(barriers_.begin());
    const ChunkOptions options = node.mapped().options;
    ready(Sequence(node.key()), options.priority, options.channel, std::move(node.mapped().payload));
  }
}

void ReceiveLedger::tell_all() {
  news_received_ = received_;
  news_released_ = released_;
}

}  // namespace dwcp::amst
