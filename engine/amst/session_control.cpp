// The control connection: what is written to it, in which order, and what each frame of the peer does. It is composed
// from the session's state and not from a queue, so it needs no bound of its own and nothing is lost with a connection.
#include <algorithm>

#include "engine/amst/path_fit.hpp"
#include "engine/amst/session_core.hpp"
#include "engine/base/checksum.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

// Acknowledgements of fast streams go out together.
constexpr Duration acknowledge_every = std::chrono::milliseconds(1);
// Messages of one write; with the rest a write stays below 256 KiB.
constexpr std::size_t message_bytes_per_write = 64 * 1024;

Task<void> write_bytes(std::shared_ptr<ControlConnection> control, ByteVector bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  co_await write_all(*control->transport, std::span(&buffer, 1), control->written);
}

struct ControlFrame {
  wire::FrameHeader header;
  ByteVector body;
};

Task<ControlFrame> read_frame(ControlConnection& control, wire::FrameRules rules) {
  wire::HeaderBytes header{};
  co_await read_all(*control.transport, header, control.read);
  auto parsed = wire::parse_header(header, rules);
  if (parsed.has_error()) throw Error(parsed.error());
  ControlFrame frame{*parsed, ByteVector(parsed->length + wire::trailer_size)};
  co_await read_all(*control.transport, frame.body, control.read);
  const auto trailer = load_le<std::uint32_t>(frame.body.data() + parsed->length);
  frame.body.resize(parsed->length);
  if (trailer != crc32c(frame.body, wire::header_checksum(header)))
    throw Error(Errc::checksum_mismatch, "of a control frame");
  co_return frame;
}

}  // namespace

void SessionCore::adopt_control(ConnectionId id, std::shared_ptr<Transport> transport) {
  if (ended_.code) {
    transport->close();
    return;
  }
  const Control old = std::exchange(control_, std::make_shared<ControlConnection>(platform_, id, std::move(transport)));
  if (old) lose_control(old, {Errc::unreachable, "replaced by a new connection"});
  outbox_.rewind();
  gone_to_tell_.clear();  // the list in `synchronised` says it
  path_.rejoined(now());
  child(control_->transport->executor(), read_control(shared_from_this(), control_));
  child(write_control(control_));
}

void SessionCore::lose_control(const Control& control, const Failure& reason) {
  if (!control->open) return;
  control->open = false;
  control_written_ += Bytes(control->written.load());
  control_read_ += Bytes(control->read.load());
  asio::post(control->transport->executor(), [control] { control->transport->close(); });
  control->wake.notify_all();
  if (control_ == control) {
    control_.reset();
    last_loss_ = reason;
    path_.disconnected();
    update_state("control connection lost");
  }
  dial_wake_.notify_all();
  changed_.notify_all();
}

void SessionCore::wake_control() {
  if (control_) control_->wake.notify_all();
}

// ---- writing

Task<void> SessionCore::write_control(Control control) {
  const Executor lane = control->transport->executor();
  Failure reason;
  try {
    while (control->open) {
      if (only_acknowledgements_due(*control)) {
        const TimePoint due = control->acknowledged_at + acknowledge_every;
        if (now() < due) {
          co_await control->wake.wait_until(due);
          continue;
        }
      }
      ByteVector bytes = compose(*control);
      if (!bytes.empty()) {
        co_await platform::on(lane, write_bytes(control, std::move(bytes)));
        // Not before the peer's closing is answered: our user may end the process as soon as it knows.
        if (inbox_.closed() && !acknowledgement_due(*control))
          end({Errc::session_closed, "closed by the peer"}, Farewell::told);
      } else if (ended_.code) {
        asio::post(lane, [control] { control->transport->shutdown_send(); });
        co_return;
      } else {
        co_await control->wake.wait();
      }
    }
    co_return;
  } catch (const boost::system::system_error& error) {
    reason = {error.code(), "writing to the control connection"};
  }
  lose_control(control, reason);
}

void SessionCore::frame(ByteVector& out, wire::FrameType type, std::uint64_t sequence, ByteSpan body) const {
  const ByteVector bytes = wire::write_frame(type, tag_, sequence, body);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

bool SessionCore::acknowledgement_due(const ControlConnection& control) const {
  return ledger_.has_news() || inbox_.received() != control.messages_received_told ||
         inbox_.taken() != control.messages_taken_told;
}

bool SessionCore::only_acknowledgements_due(const ControlConnection& control) const {
  return control.told_all && acknowledgement_due(control) && !control.heartbeat_due && !control.reply_due &&
         gone_to_tell_.empty() && !(control.synchronised && outbox_.next()) && !ended_.code;
}

// Order matters: a stream is told to be gone only behind the acknowledgement of all that came over it.
ByteVector SessionCore::compose(ControlConnection& control) {
  ByteVector out;
  if (!control.told) {
    control.told = true;
    ledger_.tell_all();
    compose_acknowledgement(control, out);  // at least one, for the counts of messages
  }
  if (control.reply_due) frame(out, wire::FrameType::heartbeat_reply, 0, wire::write_number(*control.reply_due));
  control.reply_due.reset();
  if (std::exchange(control.heartbeat_due, false))
    frame(out, wire::FrameType::heartbeat, 0,
          wire::write_number(static_cast<std::uint64_t>(now().time_since_epoch().count())));
  if (acknowledgement_due(control)) compose_acknowledgement(control, out);
  if (ledger_.has_news()) return out;  // more than fits into one frame: the rest comes next
  if (!std::exchange(control.told_all, true)) {
    wire::Synchronised list;
    for (const auto& [id, stream] : streams_)
      if (!stream->reader_ended) list.connections.push_back(static_cast<std::uint32_t>(id));
    frame(out, wire::FrameType::synchronised, 0, wire::write(list));
  }
  for (const std::uint64_t id : std::exchange(gone_to_tell_, {}))
    frame(out, wire::FrameType::stream_gone, 0, wire::write_number(id));
  if (control.synchronised) compose_messages(out);
  if (abort_to_tell_) frame(out, wire::FrameType::abort, 0, wire::write(*std::exchange(abort_to_tell_, {})));
  return out;
}

void SessionCore::compose_acknowledgement(ControlConnection& control, ByteVector& out) {
  wire::Acknowledge body;
  body.messages_received = control.messages_received_told = inbox_.received();
  body.messages_taken = control.messages_taken_told = inbox_.taken();
  // Released ranges only go behind the received ones that they are a part of.
  body.received = ledger_.news_received().take(wire::ranges_per_frame_max);
  if (ledger_.news_received().empty())
    body.released = ledger_.news_released().take(wire::ranges_per_frame_max - body.received.size());
  frame(out, wire::FrameType::acknowledge, 0, wire::write(body));
  control.acknowledged_at = now();
}

void SessionCore::compose_messages(ByteVector& out) {
  std::size_t bytes = 0;
  while (const Letter* letter = outbox_.next()) {
    if (bytes > 0 && bytes + letter->body.size() > message_bytes_per_write) return;
    bytes += letter->body.size();
    frame(out, letter->closing ? wire::FrameType::closing : wire::FrameType::message, letter->number, letter->body);
    outbox_.sent();
  }
}

// ---- reading

Task<void> SessionCore::read_control(std::shared_ptr<SessionCore> self, Control control) {
  const Executor on_control = self->platform_.control();
  const wire::FrameRules rules{false, wire::control_body_max, self->tag_};
  Failure reason;
  try {
    for (;;) {
      ControlFrame frame = co_await read_frame(*control, rules);
      // Awaited, so that a peer cannot send control frames faster than they are handled.
      co_await platform::on(on_control, handle(self, control, frame.header, std::move(frame.body)));
    }
  } catch (const Error& error) {
    reason = {error.code(), error.detail()};
  } catch (const boost::system::system_error& error) {
    reason = {error.code(), "reading from the control connection"};
  }
  asio::post(on_control, [self, control, reason] { self->lose_control(control, reason); });
}

Task<void> SessionCore::handle(std::shared_ptr<SessionCore> self, Control control, wire::FrameHeader header,
                               ByteVector body) {
  if (!control->open || self->ended_.code) co_return;
  const bool was_silent = self->path_.silent(self->now());
  self->path_.heard(self->now());
  if (was_silent) self->dial_wake_.notify_all();  // streams that were lost meanwhile can be dialed again
  const Failure failure = self->dispatch(control, header, std::move(body));
  if (failure.code) self->abort(failure);  // the two sides disagree about what was sent: nothing can mend that
  self->update_state("");
}

Failure SessionCore::dispatch(const Control& control, const wire::FrameHeader& header, ByteVector body) {
  using wire::FrameType;
  switch (header.type) {
    case FrameType::message:
    case FrameType::closing:
      return on_letter({header.sequence, header.type == FrameType::closing, std::move(body)});
    case FrameType::acknowledge: {
      const auto parsed = wire::parse_acknowledge(body);
      return parsed.has_error() ? parsed.error() : on_acknowledge(*parsed);
    }
    case FrameType::synchronised: {
      const auto parsed = wire::parse_synchronised(body);
      if (parsed.has_error()) return parsed.error();
      on_synchronised(control, *parsed);
      return {};
    }
    case FrameType::abort: {
      const auto parsed = wire::parse_abort(body);
      if (parsed.has_error()) return parsed.error();
      end(parsed->failure, Farewell::none);
      return {};
    }
    case FrameType::heartbeat:
    case FrameType::heartbeat_reply:
    case FrameType::stream_gone: {
      const auto parsed = wire::parse_number(body);
      if (parsed.has_error()) return parsed.error();
      if (header.type == FrameType::heartbeat_reply) {
        on_heartbeat_reply(*parsed);
      } else if (header.type == FrameType::heartbeat) {
        control->reply_due = *parsed;
        wake_control();
      } else if (const Stream stream = find(ConnectionId(*parsed))) {
        peer_ended(stream);
      } else {
        gone_early_.insert(*parsed);
        if (gone_early_.size() > gone_early_max) gone_early_.erase(gone_early_.begin());
      }
      return {};
    }
    case FrameType::chunk:
      break;
  }
  return {Errc::protocol_error, "a chunk on the control connection"};
}

Failure SessionCore::on_acknowledge(const wire::Acknowledge& body) {
  const Bytes before = queue_.total();
  std::vector<Sequence> released;
  for (const Range& range : body.received)
    if (Failure failure = queue_.received(range); failure.code) return failure;
  for (const Range& range : body.released)
    if (Failure failure = queue_.released(range, released); failure.code) return failure;
  if (Failure failure = outbox_.acknowledge(body.messages_received, body.messages_taken); failure.code) return failure;
  stats_.payload_acknowledged += before - queue_.total();
  letters_.notify_all();
  if (released.empty()) return {};
  room_.notify_all();
  acknowledged_.notify_all();
  wake_one();
  if (acknowledged_callback_)
    for (const Sequence sequence : released) acknowledged_callback_(sequence);
  return {};
}

Failure SessionCore::on_letter(Letter letter) {
  const bool closing = letter.closing;
  if (closing && !letter.body.empty()) return {Errc::protocol_error, "a closing frame with a body"};
  const auto fresh = inbox_.arrived(std::move(letter));
  if (fresh.has_error()) return fresh.error();
  if (*fresh && !closing) ++stats_.messages_received;
  letters_.notify_all();
  wake_control();
  return {};
}

void SessionCore::on_synchronised(const Control& control, const wire::Synchronised& body) {
  if (std::exchange(control->synchronised, true)) return;
  const auto streams = streams_;
  for (const auto& [id, stream] : streams)
    if (std::find(body.connections.begin(), body.connections.end(), id) == body.connections.end()) peer_ended(stream);
  wake_control();
  dial_wake_.notify_all();
  changed_.notify_all();
}

void SessionCore::on_heartbeat_reply(std::uint64_t sent_at) {
  const std::optional<Duration> sample = round_trip(now(), sent_at, config_.resume_timeout);
  if (!sample || now() - *sample < path_.back_at()) return;  // or it waited for the path to come back
  rtt_ = rtt_ == Duration(0) ? *sample : (7 * rtt_ + *sample) / 8;
}

}  // namespace dwcp::amst
