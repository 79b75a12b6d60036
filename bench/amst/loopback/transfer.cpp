#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "bench/amst/loopback/measure.hpp"
#include "engine/amst/session.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/security/authority.hpp"

namespace dwcp::bench {
namespace {

using platform::native::NativePlatform;

amst::SessionConfig config_of(const Setup& setup) {
  amst::SessionConfig config;
  config.streams = setup.streams;
  config.chunk_max = std::max(setup.chunk, KiB(64));
  return config;
}

double processor_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
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

Task<void> receive_all(platform::Platform& platform, const Setup& setup, int port_pipe) {
  const std::vector<amst::Endpoint> at(1, amst::Endpoint{asio::ip::address_v4::loopback(), 0});
  const amst::Self self = self_of("receiver", setup);
  amst::Acceptor acceptor(platform, at, self, config_of(setup));
  const std::uint16_t port = acceptor.local().front().port;
  if (::write(port_pipe, &port, sizeof port) != sizeof port) throw std::runtime_error("the sender is gone");
  const auto session = co_await acceptor.accept();
  try {
    for (;;) {
      const amst::Delivery delivery = co_await session->receive();
      session->release(delivery.sequence);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::session_closed) throw;
  }
}

Task<void> send_all(platform::Platform& platform, const Setup& setup, std::uint16_t port, double& bytes_per_s) {
  const std::vector<amst::Endpoint> to(1, amst::Endpoint{asio::ip::address_v4::loopback(), port});
  const amst::Self self = self_of("sender", setup);
  const auto session = co_await amst::connect(platform, to, self, config_of(setup));
  const Slice memory = Slice::adopt(ByteVector(std::max(setup.chunk, MiB(4)).value, std::byte{0x5a}));
  const TimePoint start = platform.now();
  std::uint64_t bytes = 0, offset = 0;
  while (platform.now() - start < setup.time) {
    if (offset + setup.chunk.value > memory.size()) offset = 0;
    std::vector<Slice> payload(1, memory.sub(offset, setup.chunk.value));
    offset += setup.chunk.value;
    bytes += setup.chunk.value;
    co_await session->send({}, std::move(payload));
  }
  co_await session->drained();
  bytes_per_s = static_cast<double>(bytes) / to_seconds(platform.now() - start);
  co_await session->close();
}

}  // namespace

Throughput measure_sessions(const Setup& setup) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
  const pid_t receiver = ::fork();
  if (receiver < 0) throw std::runtime_error("fork");
  if (receiver == 0) {
    ::close(pipe_ends[0]);
    {
      NativePlatform platform({.process = "receiver"});
      platform.run(receive_all(platform, setup, pipe_ends[1]));
    }
    std::_Exit(0);
  }
  ::close(pipe_ends[1]);
  std::uint16_t port = 0;
  Throughput result;
  const double before = processor_seconds(RUSAGE_SELF);
  double seconds = 0;
  if (::read(pipe_ends[0], &port, sizeof port) == sizeof port) {
    NativePlatform platform({.process = "sender"});
    const TimePoint start = platform.now();
    platform.run(send_all(platform, setup, port, result.bytes_per_s));
    seconds = to_seconds(platform.now() - start);
  }
  ::close(pipe_ends[0]);
  const double own = processor_seconds(RUSAGE_SELF) - before, children = processor_seconds(RUSAGE_CHILDREN);
  int status = 0;
  ::waitpid(receiver, &status, 0);
  if (status != 0 || seconds == 0) throw std::runtime_error("the receiver failed");
  result.cpu_per_wall = (own + processor_seconds(RUSAGE_CHILDREN) - children) / seconds;
  return result;
}

}  // namespace dwcp::bench
