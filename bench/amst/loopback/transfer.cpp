#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "bench/amst/loopback/measure.hpp"
#include "bench/amst/loopback/session.hpp"
#include "engine/platform/native/native_platform.hpp"

namespace dwcp::bench {
namespace {

using platform::native::NativePlatform;

double processor_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void receive(const Setup& setup, int port_pipe) {
  NativePlatform platform({.process = "receiver"});
  const auto tell = [port_pipe](std::uint16_t port) {
    if (::write(port_pipe, &port, sizeof port) != sizeof port) throw std::runtime_error("the sender is gone");
  };
  platform.run(receive_session(platform, setup, {asio::ip::address_v4::loopback(), 0}, tell));
}

}  // namespace

Throughput measure_sessions(const Setup& setup) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
  const pid_t receiver = ::fork();
  if (receiver < 0) throw std::runtime_error("fork");
  if (receiver == 0) {
    ::close(pipe_ends[0]);
    receive(setup, pipe_ends[1]);
    std::_Exit(0);
  }
  ::close(pipe_ends[1]);
  std::uint16_t port = 0;
  Throughput result;
  const double before = processor_seconds(RUSAGE_SELF);
  Goodput goodput;
  if (::read(pipe_ends[0], &port, sizeof port) == sizeof port) {
    NativePlatform platform({.process = "sender"});
    const platform::Endpoint to{asio::ip::address_v4::loopback(), port};
    platform.run(send_session(platform, setup, to, goodput));
  }
  ::close(pipe_ends[0]);
  const double own = processor_seconds(RUSAGE_SELF) - before, children = processor_seconds(RUSAGE_CHILDREN);
  int status = 0;
  ::waitpid(receiver, &status, 0);
  if (status != 0 || goodput.seconds == 0) throw std::runtime_error("the receiver failed");
  result.bytes_per_s = goodput.bytes_per_s();
  result.cpu_per_wall = (own + processor_seconds(RUSAGE_CHILDREN) - children) / goodput.seconds;
  return result;
}

}  // namespace dwcp::bench
