// The accepting side: greets every connection, and hands it to the session that it belongs to.
#include <deque>

#include "engine/amst/handshake.hpp"
#include "engine/amst/rdma_transport.hpp"
#include "engine/amst/session_core.hpp"
#include "engine/amst/tls_transport.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::amst {

struct Acceptor::Core : std::enable_shared_from_this<Acceptor::Core> {
  Core(platform::Platform& p, std::vector<Endpoint> listen_at, Self who, SessionConfig session_config);

  void start();
  void close();
  Task<std::shared_ptr<Session>> next();

  static Task<void> serve(std::shared_ptr<Core> self, platform::Listener* listener);
  static Task<void> greet(std::shared_ptr<Core> self, platform::Stream stream);
  Task<void> admit(std::shared_ptr<Transport> transport, wire::Hello hello);
  Task<void> open(std::shared_ptr<Transport> transport, wire::Hello hello);
  Task<void> join(std::shared_ptr<Transport> transport, wire::Hello hello);
  Task<void> refuse(std::shared_ptr<Transport> transport, Failure reason);
  Task<void> welcome(std::shared_ptr<Transport> transport, const Agreement& agreement, bool with_token);
  Failure objection(const Transport& transport, const wire::Hello& hello) const;

  platform::Platform& platform;
  const std::shared_ptr<const Self> self;
  const SessionConfig config;
  std::vector<std::unique_ptr<platform::Listener>> listeners;
  std::map<SessionId, std::weak_ptr<SessionCore>> sessions;
  std::deque<std::shared_ptr<Session>> ready;
  platform::Event arrived;
  std::size_t handshakes = 0;
  unsigned next_lane = 0;
  bool closed = false;
  platform::Scope scope;
};

Acceptor::Core::Core(platform::Platform& p, std::vector<Endpoint> listen_at, Self who, SessionConfig session_config)
    : platform(p),
      self(std::make_shared<const Self>(std::move(who))),
      config(session_config),
      arrived(p, p.control()),
      scope(p, p.control()) {
  if (Failure failure = check(config); failure.code) throw Error(failure);
  if (Failure failure = check(*self); failure.code) throw Error(failure);
  if (Failure failure = wire::check(terms_of(config, *self, platform)); failure.code) throw Error(failure);
  if (listen_at.empty() || listen_at.size() > Limits::endpoints_max)
    throw Error(Errc::bad_configuration, "an acceptor listens at 1 to " + std::to_string(Limits::endpoints_max) +
                                             " endpoints, not " + std::to_string(listen_at.size()));
  platform::StreamOptions options;
  options.congestion = config.congestion;
  for (const Endpoint& at : listen_at) listeners.push_back(platform.listen(at, options));
}

void Acceptor::Core::start() {
  for (const auto& listener : listeners) scope.spawn(serve(shared_from_this(), listener.get()));
}

void Acceptor::Core::close() {
  if (std::exchange(closed, true)) return;
  for (const auto& listener : listeners) listener->close();
  ready.clear();
  scope.cancel();
  arrived.notify_all();
}

Task<std::shared_ptr<Session>> Acceptor::Core::next() {
  while (ready.empty()) {
    if (closed) throw Error(Errc::session_closed, "the acceptor is closed");
    co_await arrived.wait();
  }
  auto session = std::move(ready.front());
  ready.pop_front();
  co_return session;
}

Task<void> Acceptor::Core::serve(std::shared_ptr<Core> self, platform::Listener* listener) {
  while (!self->closed) {
    bool pause = false;
    try {
      const Executor lane = self->platform.lane(self->next_lane++ % self->platform.lanes());
      platform::Stream stream = co_await listener->accept(lane);
      if (self->handshakes < Limits::handshakes_max) {
        self->scope.spawn(greet(self, std::move(stream)));
      } else {
        asio::post(lane, [stream]() mutable { stream.close(); });
      }
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) co_return;
      self->platform.record("amst.accept_failed", {{"reason", error.what()}});
      pause = true;  // out of descriptors, for example: others may go away
    }
    if (pause) co_await platform::sleep_for(self->platform, std::chrono::milliseconds(100));
  }
}

Task<void> Acceptor::Core::greet(std::shared_ptr<Core> self, platform::Stream stream) {
  ++self->handshakes;
  std::string reason;
  platform::Stream kept = stream;  // to be closed, wherever it was left
  try {
    const Executor lane = stream.get_executor();
    auto transport = co_await platform::with_deadline(
        self->platform, self->config.handshake_timeout, "a TLS handshake",
        platform::on(lane, secure(self->platform, std::move(stream), security::Side::accepting, self->self)));
    wire::Hello hello = co_await platform::with_deadline(self->platform, self->config.handshake_timeout, "a hello",
                                                         platform::on(lane, read_hello(*transport)));
    co_await self->admit(transport, std::move(hello));
  } catch (const boost::system::system_error& error) {
    reason = error.what();
  }
  --self->handshakes;
  if (reason.empty() || self->closed) co_return;
  self->platform.record("amst.refused", {{"remote", to_string(kept.remote())}, {"reason", reason}});
  asio::post(kept.get_executor(), [kept]() mutable { kept.close(); });
}

Failure Acceptor::Core::objection(const Transport& transport, const wire::Hello& hello) const {
  if (hello.terms.identity.cluster != self->identity.cluster)
    return {Errc::refused, "this node belongs to cluster '" + self->identity.cluster + "', not '" +
                               hello.terms.identity.cluster + "'"};
  if (Failure failure = objection_to(transport, hello.terms); failure.code) return failure;
  const bool opens = hello.session == SessionId{};
  if (!opens) return {};
  if (hello.role != wire::Role::control) return {Errc::protocol_error, "a data stream of no session"};
  if (sessions.size() >= Limits::sessions_max)
    return {Errc::out_of_budget, "this node has " + std::to_string(sessions.size()) + " sessions, its most"};
  if (ready.size() >= Limits::sessions_unaccepted_max)
    return {Errc::out_of_budget, std::to_string(ready.size()) + " sessions wait to be accepted, the most"};
  return {};
}

Task<void> Acceptor::Core::admit(std::shared_ptr<Transport> transport, wire::Hello hello) {
  if (Failure failure = objection(*transport, hello); failure.code) {
    co_await refuse(transport, failure);
  } else if (hello.session == SessionId{}) {
    co_await open(transport, std::move(hello));
  } else {
    co_await join(transport, std::move(hello));
  }
}

Task<void> Acceptor::Core::refuse(std::shared_ptr<Transport> transport, Failure reason) {
  co_await platform::with_deadline(platform, config.handshake_timeout, "a refusal",
                                   platform::on(transport->executor(), send_refusal(*transport, reason)));
  throw Error(reason);
}

Task<void> Acceptor::Core::welcome(std::shared_ptr<Transport> transport, const Agreement& agreement, bool with_token) {
  wire::Welcome reply;
  reply.version = agreement.peer.version;
  reply.session = agreement.session;
  if (with_token) reply.token = agreement.token;
  reply.terms = terms_of(config, *self, platform);
  co_await platform::with_deadline(platform, config.handshake_timeout, "a welcome",
                                   platform::on(transport->executor(), send_welcome(*transport, reply)));
}

Task<void> Acceptor::Core::open(std::shared_ptr<Transport> transport, wire::Hello hello) {
  SessionId id{};
  Token token{};
  platform.entropy(id);
  platform.entropy(token);
  const auto version = wire::common_version({}, hello.versions);
  Agreement agreement = agree(config, terms_of(config, *self, platform), hello.terms, *version, id, token);
  if (const auto* tls = transport->agreement()) agreement.peer.tls = *tls;
  const auto core = std::make_shared<SessionCore>(platform, config, std::move(agreement));
  const auto session = std::make_shared<Session>(core);
  core->claim(ConnectionId(hello.connection));
  sessions[id] = core;
  core->start([weak = weak_from_this(), id] {
    if (const auto acceptor = weak.lock()) acceptor->sessions.erase(id);
  });
  co_await welcome(transport, core->agreement(), true);
  core->adopt_control(ConnectionId(hello.connection), transport);
  // A dialer whose welcome was lost makes another session: only one that goes on is shown.
  co_await platform::with_deadline(platform, config.handshake_timeout, "a new session", core->synchronised());
  ready.push_back(session);
  arrived.notify_all();
}

Task<void> Acceptor::Core::join(std::shared_ptr<Transport> transport, wire::Hello hello) {
  const auto found = sessions.find(hello.session);
  const auto core = found == sessions.end() ? nullptr : found->second.lock();
  if (!core || core->ended().code) {
    co_await refuse(transport,
                    {Errc::session_lost, "this node does not know the session: it has ended, or the node restarted"});
    co_return;
  }
  const Agreement& agreement = core->agreement();
  const Proof expected = make_proof(agreement.token, agreement.session, static_cast<std::uint8_t>(hello.role),
                                    hello.index, hello.connection, transport->exported(proof_label));
  const ConnectionId id(hello.connection);
  if (!equal(expected, hello.proof) || hello.terms.identity.node != agreement.peer.node || !core->claim(id)) {
    co_await refuse(transport, {Errc::refused, "the stream does not prove that it belongs to the session"});
    co_return;
  }
  if (hello.role == wire::Role::data_by_rdma && (agreement.peer.features & wire::feature_rdma) == 0) {
    co_await refuse(transport, {Errc::protocol_error, "a stream by RDMA, which was not agreed"});
    co_return;
  }
  co_await welcome(transport, agreement, false);
  if (hello.role == wire::Role::data_by_rdma) {
    const Executor lane = transport->executor();
    transport = co_await platform::with_deadline(platform, config.handshake_timeout, "a first message by RDMA",
                                                 platform::on(lane, accept_rdma(platform, transport)));
  }
  if (hello.role == wire::Role::control)
    core->adopt_control(id, transport);
  else
    core->adopt_data(id, hello.index, transport);
}

Acceptor::Acceptor(platform::Platform& platform, std::vector<Endpoint> listen_at, Self self, SessionConfig config)
    : core_(std::make_shared<Core>(platform, std::move(listen_at), std::move(self), config)) {
  core_->start();
}
Acceptor::~Acceptor() { core_->close(); }

Task<std::shared_ptr<Session>> Acceptor::accept() {
  const auto core = core_;
  co_return co_await core->next();
}

std::vector<Endpoint> Acceptor::local() const {
  std::vector<Endpoint> result;
  for (const auto& listener : core_->listeners) result.push_back(listener->local());
  return result;
}

void Acceptor::close() { core_->close(); }

}  // namespace dwcp::amst
