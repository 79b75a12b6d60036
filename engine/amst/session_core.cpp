#include "engine/amst/session_core.hpp"

#include <algorithm>

#include "engine/amst/handshake.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

// How long the last frames of an ended session may take to leave.
constexpr Duration linger_limit = std::chrono::seconds(2);
// Connection ids are claimed in about rising order; ids this far below the newest are refused unseen.
constexpr std::size_t remembered_ids = 1024;

}  // namespace

Agreement agree(const SessionConfig& config, const wire::Terms& ours, const wire::Terms& peer, std::uint16_t version,
                const SessionId& session, const Token& token) {
  Agreement a;
  a.session = session;
  a.token = token;
  a.peer = {peer.identity.node, peer.identity.cluster, version, peer.features & ours.features};
  a.chunk_max = std::min(config.chunk_max, peer.chunk_max);
  a.peer_window = peer.receive_window;
  a.peer_heartbeat = peer.heartbeat;
  a.resume_timeout = std::min(config.resume_timeout, peer.resume_timeout);
  return a;
}

DataStream::DataStream(platform::Platform& platform, ConnectionId connection, unsigned slot,
                       std::shared_ptr<Transport> t, Duration timeout)
    : id(connection),
      index(slot),
      transport(std::move(t)),
      joined(platform.now()),
      watch(timeout, platform.now()),
      wake(platform, platform.control()) {}

ControlConnection::ControlConnection(platform::Platform& platform, ConnectionId connection,
                                     std::shared_ptr<Transport> t)
    : id(connection), transport(std::move(t)), wake(platform, platform.control()) {}

SessionCore::SessionCore(platform::Platform& platform, SessionConfig config, Agreement agreement)
    : platform_(platform),
      config_(config),
      agreement_(std::move(agreement)),
      tag_(tag_of(agreement_.session)),
      queue_(config_.send_window, agreement_.peer_window),
      budget_(config_.receive_window),
      memory_(config_.receive_window / 2),
      outbox_(Limits::messages_outstanding_max),
      inbox_(Limits::messages_outstanding_max),
      rate_(config_.rate_limit),
      pacer_(config_.rate_limit),
      carried_(platform.now()),

      rdma_wanted_(config_.rdma),
      // A peer that sends signs of life more rarely is not silent between two of them.
      path_(std::max(config_.silence_limit, 4 * agreement_.peer_heartbeat), config_.recovery_grace, platform.now()),
      random_(platform.random("amst.redial")),
      state_since_(platform.now()),
      room_(platform, platform.control()),
      arrived_(platform, platform.control()),
      acknowledged_(platform, platform.control()),
      letters_(platform, platform.control()),
      dial_wake_(platform, platform.control()),
      changed_(platform, platform.control()),
      scope_(platform, platform.control()) {}

void SessionCore::start(std::function<void()> on_torn_down) {
  on_torn_down_ = std::move(on_torn_down);
  child(watch());
}

// ---- children

void SessionCore::child(Task<void> task) { child(platform_.control(), std::move(task)); }

void SessionCore::child(Executor executor, Task<void> task) {
  scope_.spawn(executor, guard(shared_from_this(), std::move(task)));
}

// What escapes a child is either its cancellation or a defect; the session must not go on without the child.
Task<void> SessionCore::guard(std::shared_ptr<SessionCore> self, Task<void> task) {
  std::string what;
  try {
    co_await std::move(task);
    co_return;
  } catch (const std::exception& error) {
    what = error.what();
  }
  asio::post(self->platform_.control(), [self, what] {
    self->end({Errc::internal, "a part of the session failed: " + what}, Farewell::told);
  });
}

// ---- users

void SessionCore::throw_if_ended() const {
  if (ended_.code) throw Error(ended_);
}

bool SessionCore::still_delivers() const { return !ended_.code || ended_.code == Errc::session_closed; }

Task<Sequence> SessionCore::send(ChunkOptions options, std::vector<Slice> payload) {
  Bytes length{0};
  for (const Slice& slice : payload) length += Bytes(slice.size());
  if (length == Bytes(0)) throw Error(Errc::bad_value, "an empty chunk; at least 1 byte would be right");
  if (length > agreement_.chunk_max)
    throw Error(Errc::frame_too_large, "a chunk of " + to_string(length) + "; the most that both sides take is " +
                                           to_string(agreement_.chunk_max));
  for (;;) {
    throw_if_ended();
    if (closing_) throw Error(Errc::session_closed, "this side is closing");
    if (queue_.has_room(options.priority, length)) break;
    co_await room_.wait();
  }
  const Sequence sequence = queue_.push(options, std::move(payload));
  wake_one();
  co_return sequence;
}

Task<void> SessionCore::drained() {
  const Sequence last = queue_.last_pushed();
  while (!queue_.all_released(last)) {
    throw_if_ended();
    co_await acknowledged_.wait();
  }
}

Task<Delivery> SessionCore::receive() {
  for (;;) {
    if (still_delivers())
      if (auto delivery = ledger_.next()) co_return std::move(*delivery);
    throw_if_ended();
    co_await arrived_.wait();
  }
}

void SessionCore::release(Sequence sequence) {
  const Bytes freed = ledger_.release(sequence);
  if (freed == Bytes(0)) return;
  budget_.give_back(freed);
  arrived_.notify_all();  // a barrier may have opened
  wake_control();
}

Task<void> SessionCore::send_message(ByteVector message) {
  if (message.size() > Limits::message_size_max)
    throw Error(Errc::frame_too_large, "a message of " + std::to_string(message.size()) + " bytes; the most is " +
                                           std::to_string(Limits::message_size_max));
  for (;;) {
    throw_if_ended();
    if (closing_) throw Error(Errc::session_closed, "this side is closing");
    if (outbox_.has_room()) break;
    co_await letters_.wait();
  }
  outbox_.push(std::move(message));
  ++stats_.messages_sent;
  wake_control();
}

Task<ByteVector> SessionCore::receive_message() {
  for (;;) {
    if (still_delivers()) {
      if (auto message = inbox_.take()) {
        wake_control();
        co_return std::move(*message);
      }
    }
    throw_if_ended();
    co_await letters_.wait();
  }
}

void SessionCore::set_rate(BitRate rate) {
  rate_ = rate;
  pace();
}

Task<void> SessionCore::synchronised() {
  while (!(control_ && control_->synchronised) && open_streams() == 0) {
    throw_if_ended();
    co_await changed_.wait();
  }
}

Task<void> SessionCore::established() {
  while (state() != State::connected) {
    throw_if_ended();
    co_await changed_.wait();
  }
}

bool SessionCore::claim(ConnectionId id) {
  const bool too_old = used_ids_.size() >= remembered_ids && id.value < *used_ids_.begin();
  if (too_old || !used_ids_.insert(id.value).second) return false;
  if (used_ids_.size() > remembered_ids) used_ids_.erase(used_ids_.begin());
  return true;
}

// ---- the end

Task<void> SessionCore::close() {
  if (ended_.code) {
    while (!torn_down_) co_await changed_.wait();
    co_return;
  }
  if (closing_) throw Error(Errc::session_closed, "close() was called before");
  closing_ = true;
  room_.notify_all();
  letters_.notify_all();
  Failure failure;
  try {
    co_await platform::with_deadline(platform_, config_.close_timeout, "closing the session", finish_in_order());
  } catch (const Error& error) {
    failure = {error.code(), error.detail()};
  }
  if (failure.code == Errc::timed_out && !ended_.code) {
    if ((!control_ || path_.silent(now())) && only_goodbye_left())
      end({Errc::session_lost, "the peer has not come back"}, Farewell::none);
    else
      abort(failure);
  }
  if (failure.code == Errc::timed_out && ended_.code != Errc::session_closed) throw Error(failure);
  // The peer closing at the same time is no failure, unless it left something unacknowledged.
  if (ended_.code == Errc::session_closed && queue_.chunks() == 0) co_return;
  throw_if_ended();
}

bool SessionCore::only_goodbye_left() const { return outbox_.only_closing_left() && queue_.chunks() == 0; }

Task<void> SessionCore::finish_in_order() {
  co_await drained();
  outbox_.push({}, true);
  wake_control();
  while (!outbox_.all_received()) {
    throw_if_ended();
    co_await letters_.wait();
  }
  end({Errc::session_closed, "closed in order"}, Farewell::none);
}

void SessionCore::abort(Failure reason) {
  if (ended_.code) return;
  abort_to_tell_ = reason;
  end(std::move(reason), Farewell::told);
}

// Without a record: it is called also where the whole process is being destroyed.
void SessionCore::drop() {
  if (ended_.code) return;
  ended_ = {Errc::session_closed, "let go without being closed"};
  notify_everyone();
  tear_down();
}

void SessionCore::end(Failure reason, Farewell farewell) {
  if (ended_.code) return;
  ended_ = std::move(reason);
  // The peer closed, and was not there any more when that was answered.
  if (ended_.code == Errc::session_lost && inbox_.closed()) ended_ = {Errc::session_closed, "closed by the peer"};
  // The peer has applied everything, and has most likely read the closing too, and gone.
  if (ended_.code == Errc::session_lost && only_goodbye_left())
    ended_ = {Errc::session_closed, "the peer went away while this side was closing"};
  platform_.record("amst.session_ended", {{"peer", agreement_.peer.node.text},
                                          {"session", text_of(agreement_.session)},
                                          {"reason", ended_.message()},
                                          {"sent_bytes", stats_.payload_sent},
                                          {"acknowledged_bytes", stats_.payload_acknowledged},
                                          {"received_bytes", stats_.payload_received},
                                          {"resent_bytes", stats_.bytes_resent},
                                          {"chunks_sent", stats_.chunks_sent},
                                          {"chunks_received", stats_.chunks_received},
                                          {"duplicates_dropped", stats_.duplicates_dropped}});
  notify_everyone();
  // The connections stay until the last word is said, so that the peer does not take their end for a fault.
  if (farewell == Farewell::told && control_)
    child(linger());
  else
    tear_down();
}

// The writer sends what is still to be said, then ends its direction; the peer answers by ending its own.
Task<void> SessionCore::linger() {
  const TimePoint until = now() + linger_limit;
  while (control_ && now() < until)
    if (!co_await changed_.wait_until(until)) break;
  tear_down();
}

Task<void> SessionCore::parted() {
  while (!torn_down_) co_await changed_.wait();
}

void SessionCore::tear_down() {
  if (torn_down_) return;
  torn_down_ = true;
  const auto streams = streams_;  // losing one changes the map
  for (const auto& [id, stream] : streams) lose(stream, ended_);
  if (control_) lose_control(control_, ended_);
  idle_.clear();
  changed_.notify_all();
  scope_.cancel();
  changed_.notify_all();
  if (on_torn_down_) on_torn_down_();
}

void SessionCore::notify_everyone() {
  for (platform::Event* event : {&room_, &arrived_, &acknowledged_, &letters_, &dial_wake_, &changed_})
    event->notify_all();
  for (const auto& [id, stream] : streams_) stream->wake.notify_all();
  wake_control();
}

void SessionCore::update_state(std::string_view cause) {
  if (ended_.code) return;
  const bool up = control_ && control_->synchronised && !path_.silent(now()) && open_streams() > 0;
  const State next = up ? State::connected : State::suspended;
  if (next == state_) return;
  const Duration lasted = now() - state_since_;
  state_ = next;
  state_since_ = now();
  const auto& peer = agreement_.peer.node.text;
  if (!up) {
    ++stats_.suspensions;
    platform_.record("amst.suspended", {{"peer", peer}, {"cause", std::string(cause)}});
  } else if (was_connected_) {
    platform_.record("amst.resumed", {{"peer", peer}, {"suspended_ns", lasted}});
  } else {
    platform_.record("amst.session_opened", {{"peer", peer},
                                             {"version", static_cast<unsigned>(agreement_.peer.version)},
                                             {"chunk_max_bytes", agreement_.chunk_max},
                                             {"peer_window_bytes", agreement_.peer_window}});
  }
  was_connected_ = was_connected_ || up;
  changed_.notify_all();
}

}  // namespace dwcp::amst
