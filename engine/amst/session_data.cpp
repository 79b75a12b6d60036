// Data streams: joining, the loop that reads chunks, and the orderly loss of one.
#include <algorithm>

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {
Look DataStream::seen() const { return {transport->path(), Bytes(written.load(std::memory_order_relaxed))}; }

Failure data_failure(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return {ours->code(), ours->detail()};
  if (const auto* system = dynamic_cast<const boost::system::system_error*>(&error))
    return {system->code(), "on a data stream"};
  return {Errc::internal, error.what()};
}

void SessionCore::adopt_data(ConnectionId id, unsigned index, std::shared_ptr<Transport> transport) {
  if (ended_.code || gone_early_.erase(id.value) > 0) {
    asio::post(transport->executor(), [transport] { transport->close(); });
    return;
  }
  make_room(index);
  const auto stream = std::make_shared<DataStream>(platform_, id, index, std::move(transport), config_.stream_timeout);
  streams_.emplace(id.value, stream);
  StreamInfo& slot = slots_[index];
  slot.index = index;
  slot.carrier = stream->transport->carrier();
  slot.remote = stream->transport->remote();
  ++slot.joined;
  platform_.record("amst.stream_joined", {{"peer", agreement_.peer.node.text},
                                          {"index", index},
                                          {"connection", id.value},
                                          {"carrier", std::string(name_of(slot.carrier))},
                                          {"remote", to_string(slot.remote)}});
  supersede_older(index);
  child(stream->transport->executor(), read_chunks(shared_from_this(), stream));
  child(write_chunks(stream));
  update_state("stream joined");
  changed_.notify_all();
}

// ---- reading

Task<void> SessionCore::read_chunks(std::shared_ptr<SessionCore> self, Stream stream) {
  const Executor control = self->platform_.control();
  const wire::FrameRules rules{true, static_cast<std::uint32_t>(self->agreement_.chunk_max.value), self->tag_,
                               self->agreement_.checks_bodies()};
  Failure reason;
  try {
    ChunkReader reader(*stream->transport, rules, self->budget_, self->memory_, stream->read);
    for (;;) {
      ReceivedChunk chunk = co_await reader.next();
      // Not awaited: what is under way is bounded by the receive window.
      asio::post(control,
                 [self, stream, chunk = std::move(chunk)]() mutable { self->chunk_arrived(stream, std::move(chunk)); });
    }
  } catch (const std::exception& error) {
    reason = data_failure(error);
  }
  asio::post(control, [self, stream, reason] { self->reader_ended(stream, reason); });
}

void SessionCore::chunk_arrived(const Stream& stream, ReceivedChunk chunk) {
  if (ended_.code) return;
  const Bytes size(chunk.payload.size());
  auto fresh = ledger_.arrived(chunk.sequence, chunk.options, std::move(chunk.payload));
  if (fresh.has_error()) {
    budget_.give_back(size);
    lose(stream, fresh.error());
    return;
  }
  if (*fresh) {
    stats_.payload_received += size;
    ++stats_.chunks_received;
    stats_.held_max = std::max(stats_.held_max, ledger_.held());
    arrived_.notify_all();
  } else {
    budget_.give_back(size);
    ++stats_.duplicates_dropped;
  }
  wake_control();
}

// ---- losing

void SessionCore::reader_ended(const Stream& stream, const Failure& reason) {
  stream->input_over = true;
  if (input_ended_in_order(stream, reason)) {
    stream->finishing_since = now();
    return;
  }
  lose(stream, reason);
  tell_gone(stream);
}

void SessionCore::tell_gone(const Stream& stream) {
  if (std::exchange(stream->reader_ended, true)) return;
  gone_to_tell_.push_back(stream->id.value);
  wake_control();
  settle(stream);
}

void SessionCore::lose(const Stream& stream, const Failure& reason) {
  if (!stream->open) return;
  stream->open = false;
  supersede_older(stream->index);
  if (!ended_.code) {
    const bool retired = stream->finishing_since && !queue_.out().contains(stream->id);
    if (!retired) {
      last_loss_ = reason;
      ++stats_.streams_lost;
      if (stream->transport->carrier() == Carrier::rdma)
        lost_by_rdma(*stream, reason);
      else if (dialing_ && !stream->superseded)
        path_failed(path_of(stream->transport->remote()));
    }
    platform_.record(retired ? "amst.stream_retired" : "amst.stream_lost",
                     {{"peer", agreement_.peer.node.text},
                      {"index", stream->index},
                      {"connection", stream->id.value},
                      {"reason", retired ? "another has taken its place" : reason.message()}});
  }
  const auto self = shared_from_this();
  asio::post(stream->transport->executor(), [self, stream] {
    const Look last = stream->seen();
    stream->transport->close();
    asio::post(self->platform_.control(), [self, stream, last] { self->closed(stream, last); });
  });
  stream->wake.notify_all();
  dial_wake_.notify_all();
  if (stream->input_over) tell_gone(stream);
  update_state("no data stream left");
}

void SessionCore::closed(const Stream& stream, const Look& last) {
  // A socket in error may not know its queues any more: what was not sent at the last look was not sent.
  const Bytes unsent = std::max(last.path.unsent, stream->look.path.unsent);
  stream->look.written = std::max(last.written, stream->look.written);
  stream->look.path.unsent = std::min(unsent, stream->look.written);
  stream->closed = true;
  settle(stream);
}

void SessionCore::peer_ended(const Stream& stream) {
  stream->peer_ended = true;
  lose(stream, {Errc::unreachable, "given up by the peer"});
  settle(stream);
}

void SessionCore::settle(const Stream& stream) {
  if (!stream->closed || !stream->reader_ended || !stream->peer_ended) return;
  if (streams_.erase(stream->id.value) == 0) return;
  StreamInfo& slot = slots_[stream->index];
  slot.sent += Bytes(stream->written.load());
  slot.received += Bytes(stream->read.load());
  const Bytes transmitted = stream->look.written - stream->look.path.unsent;
  if (queue_.requeue(stream->id, transmitted) > 0) wake_one();
}

std::size_t SessionCore::open_streams() const {
  return static_cast<std::size_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const auto& s) { return s.second->open && !s.second->finishing_since; }));
}

SessionCore::Stream SessionCore::find(ConnectionId id) const {
  const auto it = streams_.find(id.value);
  return it == streams_.end() ? nullptr : it->second;
}

}  // namespace dwcp::amst
