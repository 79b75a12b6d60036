// The dialing side: makes the session, keeps its control connection and its data streams, and brings it back.
#include <algorithm>

#include "engine/amst/backoff.hpp"
#include "engine/amst/handshake.hpp"
#include "engine/amst/rdma_transport.hpp"
#include "engine/amst/session_core.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

// An attempt on a path that is down costs its whole limit, so most are short, and a new one follows at once: the path
// is found soon after it is back. Every eighth is long, for a path that has become slower than we know.
constexpr Duration short_attempt = std::chrono::milliseconds(500);
constexpr unsigned long_attempt_every = 8;

// The queue pair of one attempt to join; made where the connection is, on its lane.
struct RdmaAttempt {
  std::shared_ptr<platform::QueuePair> queue_pair;
  Failure failure;

  bool open(platform::Platform& platform, const Transport& tcp) {
    const auto at = tcp.local().address;
    try {
      queue_pair = platform.queue_pair(at, queue_pair_options(), tcp.executor());
      if (!queue_pair) failure = {Errc::not_found, "no RDMA device has the address " + at.to_string()};
    } catch (const Error& error) {
      failure = {error.code(), error.detail()};
    }
    return queue_pair != nullptr;
  }
};

bool is_final(const ErrorCode& code) {
  return code == Errc::refused || code == Errc::version_mismatch || code == Errc::bad_value ||
         code == Errc::protocol_error || code == Errc::bad_configuration || code == Errc::untrusted;
}

}  // namespace

void SessionCore::start_dialing(Dialing dialing) {
  dialing_ = std::move(dialing);
  path_states_.resize(dialing_->paths.size());
  control_path_ = dialing_->first_path;
  child(keep_control());
  start_climbing();
  for (unsigned i = 0; i < config_.streams; ++i) child(keep_stream(i));
}

Duration SessionCore::attempt_limit(unsigned attempt) const {
  if (attempt % long_attempt_every == long_attempt_every - 1) return config_.handshake_timeout;
  return std::min(config_.handshake_timeout, std::max(short_attempt, 6 * std::max(rtt_, path().rtt_min)));
}

// Where a connection goes, on which lane, and whether a data stream is to go by RDMA there.
struct SessionCore::Way {
  Way(Endpoint endpoint, Executor on) : to(std::move(endpoint)), lane(std::move(on)) {}
  Endpoint to;
  Executor lane;
  std::optional<std::size_t> rdma_path = {};  // on this path; none: by TCP
};

Task<std::shared_ptr<Transport>> SessionCore::join(wire::Role role, unsigned index, std::uint32_t id, Way way,
                                                   Duration limit) {
  const Endpoint to = way.to;
  const Executor lane = way.lane;
  const auto attempt = std::make_shared<RdmaAttempt>();
  wire::Hello hello;
  hello.role = role;
  hello.index = static_cast<std::uint16_t>(index);
  hello.connection = id;
  hello.session = agreement_.session;
  hello.terms = terms_of(config_, *dialing_->self, platform_);
  Introduction introduce = [hello = std::move(hello), token = agreement_.token, attempt, &platform = platform_,
                            by_rdma = way.rdma_path.has_value()](const Transport& transport) {
    wire::Hello mine = hello;
    if (by_rdma && attempt->open(platform, transport)) mine.role = wire::Role::data_by_rdma;
    mine.proof = make_proof(token, mine.session, static_cast<std::uint8_t>(mine.role), mine.index, mine.connection,
                            transport.exported(proof_label));
    return mine;
  };
  // Whoever the first connection went to, all others do.
  std::optional<NodeId> peer = agreement_.peer.node;
  Greeted greeted = co_await platform::with_deadline(
      platform_, limit, "joining at " + platform::to_string(to),
      platform::on(
          lane, dial(platform_, to, config_.congestion, lane, dialing_->self, std::move(peer), std::move(introduce))));
  if (greeted.welcome.session != agreement_.session)
    throw Error(Errc::protocol_error, "the peer welcomed another session");
  if (attempt->queue_pair) {
    try {
      auto transport = co_await platform::with_deadline(
          platform_, config_.handshake_timeout, "a first message by RDMA",
          platform::on(lane, dial_rdma(platform_, greeted.transport, attempt->queue_pair)));
      co_return transport;
    } catch (const Error& error) {
      attempt->failure = {error.code(), error.detail()};
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      attempt->failure = {error.code(), "while the queue pairs were connected"};
    }
    asio::post(lane, [transport = greeted.transport, pair = attempt->queue_pair] {
      pair->close();
      transport->close();
    });
  }
  if (attempt->failure.code == Errc::not_found)
    rdma_absent(*way.rdma_path, attempt->failure);
  else if (attempt->failure.code)
    rdma_failed(*way.rdma_path, Duration(0), attempt->failure);
  if (attempt->queue_pair) throw Error(attempt->failure);
  co_return std::move(greeted.transport);
}

Task<void> SessionCore::keep_control() {
  Backoff backoff(config_.redial_min, config_.redial_max);
  const auto& paths = dialing_->paths;
  std::set<std::size_t> failed;  // since the control connection was lost
  unsigned attempt = 0;
  while (!ended_.code) {
    if (control_ && !path_.silent(now())) {
      attempt = 0;
      backoff.reset();
      co_await dial_wake_.wait();
      continue;
    }
    Failure failure;
    try {
      if (attempt == 0) {
        path_failed(control_path_);
        failed = {control_path_};
      }
      control_path_ = choose_path(control_path_, attempt);
      const Endpoint to = paths[control_path_];
      const std::uint32_t id = dialing_->next_connection++;
      const Way way(to, platform_.lane(0));
      auto transport = co_await join(wire::Role::control, 0, id, way, attempt_limit(attempt));
      // One that was dead and is back was not dead alone: the others may be back with it.
      if (failed.contains(control_path_)) all_paths_may_work();
      path_works(control_path_);
      adopt_control(ConnectionId(id), std::move(transport));
      continue;
    } catch (const Error& error) {
      failure = {error.code(), error.detail()};
    } catch (const boost::system::system_error& error) {
      failure = {error.code(), "dialing"};
    }
    if (failure.code == Errc::session_lost) end(failure, Farewell::none);
    if (failure.code == asio::error::connection_refused && only_goodbye_left())
      end({Errc::session_lost, "nobody listens at the peer any more"}, Farewell::none);
    last_loss_ = failure;
    path_failed(control_path_);
    failed.insert(control_path_);
    ++attempt;
    co_await platform::sleep_for(platform_, backoff.next(random_));
  }
}

bool SessionCore::wants_stream(unsigned index) const {
  if (!has_place(index)) return false;
  if (!control_ || !control_->synchronised || path_.silent(platform_.now())) return false;
  bool carried = false, well_placed = false, finishing = false;
  for (const auto& [id, stream] : streams_) {
    if (stream->index != index) continue;
    carried = carried || stream->usable();
    well_placed = well_placed || (stream->usable() && is_well_placed(*stream));
    finishing = finishing || (stream->open && stream->superseded);
  }
  // For a better place alone, one that still finishes is not cut off (make_room).
  return !well_placed && !(carried && finishing);
}

Task<void> SessionCore::keep_stream(unsigned index) {
  Backoff backoff(config_.redial_min, config_.redial_max);
  const auto& paths = dialing_->paths;
  const Executor lane = platform_.lane(index % platform_.lanes());
  unsigned attempt = 0;
  while (!ended_.code) {
    if (!wants_stream(index)) {
      co_await dial_wake_.wait();
      continue;
    }
    const std::size_t path = choose_path(index % paths.size(), attempt);
    const bool by_rdma = goes_by_rdma(path);
    try {
      Way way(paths[path], lane);
      if (by_rdma) way.rdma_path = path;
      const std::uint32_t id = dialing_->next_connection++;
      // Where a stream carries on meanwhile there is no hurry: an attempt that is given up may have been accepted, and
      // have taken that stream's place there.
      const bool carries_on = std::any_of(streams_.begin(), streams_.end(), [index](const auto& s) {
        return s.second->usable() && s.second->index == index;
      });
      const Duration limit = carries_on ? config_.handshake_timeout : attempt_limit(attempt);
      auto transport = co_await join(wire::Role::data, index, id, way, limit);
      path_works(path);
      adopt_data(ConnectionId(id), index, std::move(transport));
      attempt = 0;
      backoff.reset();
      continue;
    } catch (const boost::system::system_error& error) {
      last_loss_ = {error.code(), "dialing a data stream"};
      const bool only_rdma_failed = by_rdma && !goes_by_rdma(path);
      if (!only_rdma_failed) path_failed(path);
      if (error.code() == Errc::session_lost) end({Errc::session_lost, error.what()}, Farewell::none);
    }
    ++attempt;
    co_await platform::sleep_for(platform_, backoff.next(random_));
  }
}

// ---- connect

namespace {

struct FirstContact {
  Greeted greeted;
  std::size_t path = 0;
};

// Tries the paths in turn until one welcomes us, the peer refuses, or the time is over. `last` is what the caller's own
// latest attempt ended with.
Task<FirstContact> first_contact(platform::Platform& platform, const std::vector<Endpoint>& paths,
                                 std::shared_ptr<const Self> self, const SessionConfig& config,
                                 std::optional<NodeId> peer, TimePoint until, std::string last) {
  Backoff backoff(config.redial_min, config.redial_max);
  Random random = platform.random("amst.connect");
  for (std::uint32_t attempt = 0; platform.now() < until; ++attempt) {
    wire::Hello hello;
    hello.connection = 1;
    hello.terms = terms_of(config, *self, platform);
    Introduction introduce = [hello = std::move(hello)](const Transport&) { return hello; };
    const Endpoint to = paths[attempt % paths.size()];
    const Executor lane = platform.lane(0);
    try {
      const Duration limit = std::min(config.handshake_timeout, until - platform.now());
      FirstContact contact;
      contact.greeted = co_await platform::with_deadline(
          platform, limit, "connecting",
          platform::on(lane, dial(platform, to, config.congestion, lane, self, peer, std::move(introduce))));
      contact.path = attempt % paths.size();
      co_return contact;
    } catch (const boost::system::system_error& error) {
      if (is_final(error.code()) || error.code() == asio::error::operation_aborted) throw;
      last = platform::to_string(to) + ": " + error.what();
    }
    const Duration pause = std::min(backoff.next(random), std::max(Duration(0), until - platform.now()));
    co_await platform::sleep_for(platform, pause);
  }
  throw Error(Errc::unreachable,
              "no session within " + dwcp::to_string(config.connect_timeout) + "; last attempt at " + last);
}

Failure check_paths(const std::vector<Endpoint>& paths, const char* what) {
  if (!paths.empty() && paths.size() <= Limits::endpoints_max) return {};
  return {Errc::bad_configuration, std::string(what) + ": " + std::to_string(paths.size()) + " endpoints; 1 to " +
                                       std::to_string(Limits::endpoints_max) + " would be right"};
}

}  // namespace

Task<std::shared_ptr<Session>> connect(platform::Platform& platform, std::vector<Endpoint> paths, Self self,
                                       SessionConfig config, std::optional<NodeId> peer) {
  if (Failure failure = check(config); failure.code) throw Error(failure);
  if (Failure failure = check_paths(paths, "paths to the peer"); failure.code) throw Error(failure);
  if (Failure failure = wire::check(terms_of(config, self, platform)); failure.code) throw Error(failure);
  if (Failure failure = check(self); failure.code) throw Error(failure);
  const auto me = std::make_shared<const Self>(std::move(self));
  const wire::Terms ours = terms_of(config, *me, platform);
  const TimePoint until = platform.now() + config.connect_timeout;
  std::string last = "no attempt was made";
  while (true) {
    FirstContact contact = co_await first_contact(platform, paths, me, config, peer, until, last);
    const wire::Welcome& welcome = contact.greeted.welcome;
    Agreement agreement = agree(config, ours, welcome.terms, welcome.version, welcome.session, welcome.token);
    if (const auto* tls = contact.greeted.transport->agreement()) agreement.peer.tls = *tls;
    const auto core = std::make_shared<SessionCore>(platform, config, std::move(agreement));
    auto session = std::make_shared<Session>(core);
    core->start({});
    core->adopt_control(ConnectionId(1), std::move(contact.greeted.transport));
    Dialing dialing;
    dialing.paths = paths;
    dialing.self = me;
    dialing.first_path = contact.path;
    core->start_dialing(std::move(dialing));
    Failure failure;
    try {
      co_await platform::with_deadline(platform, std::max(Duration(1), until - platform.now()), "opening a data stream",
                                       core->established());
    } catch (const Error& error) {
      failure = {error.code(), error.detail()};
    }
    if (!failure.code) co_return session;
    if (failure.code == Errc::timed_out)
      throw Error(Errc::unreachable, "no data stream within " + dwcp::to_string(config.connect_timeout) +
                                         "; last: " + core->last_loss().message());
    // The peer's patience with the beginning ended, as when the path was cut in the midst of it. Nothing was sent yet,
    // so another session does as well.
    if (failure.code != Errc::session_lost) throw Error(failure);
    last = failure.message();
  }
}

}  // namespace dwcp::amst
