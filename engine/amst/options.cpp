#include "engine/amst/options.hpp"

#include <set>

namespace dwcp::amst {
namespace {

Failure bad(const std::string& text) { return {Errc::bad_configuration, "amst." + text}; }

Failure check_time(const char* name, Duration value) {
  if (value > Duration(0) && value <= std::chrono::hours(24)) return {};
  return bad(std::string(name) + " is " + to_string(value) + "; more than 0 and at most 24 h would be right");
}

Failure check_window(const char* name, Bytes window, Bytes chunk_max) {
  if (window / 2 >= chunk_max) return {};
  return bad(std::string(name) + " is " + to_string(window) + "; at least twice chunk_max (" + to_string(chunk_max) +
             ") would be right");
}

}  // namespace

Failure check(const SessionConfig& c) {
  if (c.streams_min > c.streams)
    return bad("streams_min is " + std::to_string(c.streams_min) + "; 0 to streams (" + std::to_string(c.streams) +
               ") would be right");
  if (c.streams < 1 || c.streams > Limits::streams_max)
    return bad("streams is " + std::to_string(c.streams) + "; 1 to " + std::to_string(Limits::streams_max) +
               " would be right");
  if (c.chunk_max < Bytes(1) || c.chunk_max > Limits::chunk_max)
    return bad("chunk_max is " + to_string(c.chunk_max) + "; 1 B to " + to_string(Limits::chunk_max) +
               " would be right");
  if (Failure f = check_window("send_window", c.send_window, c.chunk_max); f.code) return f;
  if (Failure f = check_window("receive_window", c.receive_window, c.chunk_max); f.code) return f;
  const std::pair<const char*, Duration> times[] = {
      {"heartbeat", c.heartbeat},
      {"silence_limit", c.silence_limit},
      {"stream_timeout", c.stream_timeout},
      {"recovery_grace", c.recovery_grace},
      {"resume_timeout", c.resume_timeout},
      {"connect_timeout", c.connect_timeout},
      {"handshake_timeout", c.handshake_timeout},
      {"close_timeout", c.close_timeout},
      {"redial_min", c.redial_min},
      {"redial_max", c.redial_max},
      {"rdma_retry", c.rdma_retry},
  };
  for (const auto& [name, value] : times)
    if (Failure f = check_time(name, value); f.code) return f;
  if (c.silence_limit < 2 * c.heartbeat)
    return bad("silence_limit is " + to_string(c.silence_limit) + "; at least two heartbeats (" +
               to_string(c.heartbeat) + ") would be right");
  if (c.redial_max < c.redial_min) return bad("redial_max is less than redial_min");
  return {};
}

Failure check(const Self& self) {
  if (!self.credentials) return {};
  const security::PeerName proved = self.credentials->current()->name();
  const security::PeerName said(self.identity.cluster, self.identity.node);
  if (proved == said) return {};
  return bad("the certificate is that of " + security::to_uri(proved) + ", and this node is " + security::to_uri(said));
}

std::string security_of(const PeerInfo& peer) {
  return peer.tls ? peer.tls->version + ", " + peer.tls->group + ", " + peer.tls->suite : "none: plain text";
}

std::string congestion_of(const Stats& stats) {
  std::set<std::string_view> names;
  for (const StreamInfo& stream : stats.streams)
    names.insert(stream.carrier == Carrier::rdma ? "by the adapter" : platform::name_of(stream.path.congestion));
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string_view name_of(Carrier carrier) { return carrier == Carrier::rdma ? "RDMA" : "TCP"; }

std::string_view name_of(State state) {
  switch (state) {
    case State::connected:
      return "connected";
    case State::suspended:
      return "suspended";
    case State::closed:
      break;
  }
  return "closed";
}

}  // namespace dwcp::amst
