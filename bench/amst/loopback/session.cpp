#include "bench/amst/loopback/session.hpp"

#include "engine/amst/session.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/scope.hpp"
#include "engine/security/authority.hpp"

namespace dwcp::bench {
namespace {

constexpr Bytes memory_size = MiB(4);  // handed over again and again

amst::SessionConfig config_of(const Setup& setup) {
  amst::SessionConfig config;
  config.streams = setup.streams;
  config.congestion = setup.congestion;
  config.chunk_max = std::max(setup.chunk, MiB(1));
  return config;
}

// Both processes make the same authority, from the same bytes.
amst::Self self_of(const char* name, const Setup& setup) {
  amst::Identity identity(NodeId(name), "bench");
  if (!setup.tls) return amst::Self(std::move(identity));
  constexpr security::Validity validity{std::chrono::sys_days(std::chrono::year(2025) / 1 / 1),
                                        std::chrono::sys_days(std::chrono::year(2099) / 1 / 1)};
  const auto root = security::Authority::create("bench", validity, security::seeded_entropy(1, "authority"));
  const auto authority = security::Authority::load(root).value();
  const auto issued =
      authority.issue(security::PeerName("bench", identity.node), validity, security::seeded_entropy(1, name));
  auto credentials = security::Credentials::load({issued.certificate, issued.key, root.certificate},
                                                 validity.from + std::chrono::days(1));
  return amst::Self(std::move(identity), std::make_shared<security::CredentialStore>(std::move(credentials.value())));
}

// Until the session ends, which it does when the time is over.
Task<void> feed(amst::Session& session, const Setup& setup) {
  const Slice memory = Slice::adopt(ByteVector(std::max(setup.chunk, memory_size).value, std::byte{0x5a}));
  std::uint64_t offset = 0;
  try {
    for (;;) {
      const Bytes chunk = setup.chunk > Bytes(0) ? setup.chunk : session.chunk_size();
      if (offset + chunk.value > memory.size()) offset = 0;
      std::vector<Slice> payload(1, memory.sub(offset, chunk.value));
      offset += chunk.value;
      co_await session.send({}, std::move(payload));
    }
  } catch (const Error& error) {
    if (error.code() != Errc::cancelled) throw;
  }
}

}  // namespace

Task<void> receive_session(platform::Platform& platform, const Setup& setup, platform::Endpoint at,
                           std::function<void(std::uint16_t port)> listening) {
  const std::vector<amst::Endpoint> endpoints(1, at);
  const amst::Self self = self_of("receiver", setup);
  amst::Acceptor acceptor(platform, endpoints, self, config_of(setup));
  listening(acceptor.local().front().port);
  const auto session = co_await acceptor.accept();
  try {
    for (;;) {
      const amst::Delivery delivery = co_await session->receive();
      session->release(delivery.sequence);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::cancelled) throw;
  }
}

Task<void> send_session(platform::Platform& platform, const Setup& setup, platform::Endpoint to, Goodput& result) {
  const std::vector<amst::Endpoint> endpoints(1, to);
  const amst::Self self = self_of("sender", setup);
  const auto session = co_await amst::connect(platform, endpoints, self, config_of(setup));
  const TimePoint start = platform.now();
  platform::Scope scope(platform, platform.control());
  scope.spawn(feed(*session, setup));
  co_await platform::sleep_for(platform, setup.time);
  const amst::Stats stats = session->stats();
  result.seconds = to_seconds(platform.now() - start);
  result.bytes = stats.payload_acknowledged.value;
  for (const amst::StreamInfo& stream : stats.streams) {
    result.congestion.emplace_back(platform::name_of(stream.path.congestion));
    result.segments_retransmitted += stream.path.segments_retransmitted;
  }
  session->abort(Failure(Errc::cancelled, "the time is over"));
  co_await scope.join();
  co_await session->parted();
}

}  // namespace dwcp::bench
