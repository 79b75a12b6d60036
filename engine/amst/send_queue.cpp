#include "engine/amst/send_queue.hpp"

#include <algorithm>
#include <boost/assert.hpp>
#include <utility>

namespace dwcp::amst {
namespace {

// Of a window, what one priority may fill.
Bytes share(Bytes window, Priority priority) { return priority == Priority::background ? window - window / 8 : window; }

}  // namespace

SendQueue::SendQueue(Bytes own_window, Bytes peer_window) : own_window_(own_window), peer_window_(peer_window) {}

bool SendQueue::has_room(Priority priority, Bytes length) const {
  return total_bytes_ + length <= share(own_window_, priority) && entries_.size() < Limits::chunks_outstanding_max;
}

Sequence SendQueue::push(ChunkOptions options, std::vector<Slice> payload) {
  Bytes length{0};
  for (const auto& slice : payload) length += Bytes(slice.size());
  BOOST_ASSERT(length > Bytes(0) && has_room(options.priority, length));
  const std::uint64_t sequence = next_++;
  entries_.emplace(sequence, Entry{options, std::move(payload), length, {}, {}, {}, false, false});
  queue_.insert({options.priority, sequence});
  never_committed_.insert(sequence);
  total_bytes_ += length;
  queued_bytes_ += length;
  return Sequence(sequence);
}

const SendQueue::Key* SendQueue::find_next() const {
  for (const Key& key : queue_) {
    const Entry& entry = entries_.at(key.second);
    if (entry.committed) return &key;  // has its room already
    if (entry.options.barrier && *never_committed_.begin() < key.second) continue;
    // What is next waits for room: a smaller chunk behind it must not starve it.
    return window_bytes_ + entry.length <= share(peer_window_, key.first) ? &key : nullptr;
  }
  return nullptr;
}

std::optional<Outgoing> SendQueue::take(ConnectionId on, Bytes offset) {
  const Key* key = find_next();
  if (!key) return std::nullopt;
  const std::uint64_t sequence = key->second;
  Entry& entry = entries_.at(sequence);
  unqueue(sequence, entry);
  Outgoing out{Sequence(sequence), entry.options, entry.payload, entry.length, entry.transmitted, entry.committed};
  entry.on = on;
  entry.offset = offset;
  if (!entry.committed) window_bytes_ += entry.length;
  entry.committed = true;
  BOOST_ASSERT(window_bytes_ <= peer_window_);
  return out;
}

void SendQueue::unqueue(std::uint64_t sequence, const Entry& entry) {
  queue_.erase({entry.options.priority, sequence});
  never_committed_.erase(sequence);
  queued_bytes_ -= entry.length;
}

Failure SendQueue::check_committed(const Range& range) const {
  const auto first_uncommitted = never_committed_.lower_bound(range.first);
  const bool covers_one = first_uncommitted != never_committed_.end() && *first_uncommitted <= range.last;
  if (is_valid(range) && range.last < next_ && !covers_one) return {};
  return {Errc::protocol_error, "the peer acknowledges chunks " + std::to_string(range.first) + ".." +
                                    std::to_string(range.last) + ", of which some were never sent"};
}

Failure SendQueue::received(const Range& range) {
  if (Failure failure = check_committed(range); failure.code) return failure;
  for (auto it = entries_.lower_bound(range.first); it != entries_.end() && it->first <= range.last; ++it) {
    Entry& entry = it->second;
    if (is_queued(entry)) unqueue(it->first, entry);
    if (!std::exchange(entry.received, true)) held_bytes_ += entry.length;
    entry.on.reset();
    entry.payload.clear();
    entry.payload.shrink_to_fit();
  }
  return {};
}

Failure SendQueue::released(const Range& range, std::vector<Sequence>& newly_released) {
  if (Failure failure = received(range); failure.code) return failure;
  for (auto it = entries_.lower_bound(range.first); it != entries_.end() && it->first <= range.last;) {
    newly_released.emplace_back(it->first);
    window_bytes_ -= it->second.length;
    total_bytes_ -= it->second.length;
    held_bytes_ -= it->second.length;
    it = entries_.erase(it);
  }
  return {};
}

std::size_t SendQueue::requeue(ConnectionId gone, Bytes transmitted) {
  std::size_t count = 0;
  for (auto& [sequence, entry] : entries_) {
    if (entry.on != gone) continue;
    entry.on.reset();
    if (transmitted > entry.offset)
      entry.transmitted = std::min(entry.length, std::max(entry.transmitted, transmitted - entry.offset));
    queue_.insert({entry.options.priority, sequence});
    queued_bytes_ += entry.length;
    ++count;
  }
  return count;
}

std::map<ConnectionId, SendQueue::Out> SendQueue::out() const {
  std::map<ConnectionId, Out> result;
  for (const auto& [sequence, entry] : entries_) {
    if (!entry.on) continue;
    Out& out = result[*entry.on];
    out.bytes += entry.length;
    out.urgent = out.urgent || entry.options.priority != Priority::background;
  }
  return result;
}

}  // namespace dwcp::amst
