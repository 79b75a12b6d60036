#include "engine/amst/tls_transport.hpp"

#include <optional>

namespace dwcp::amst {
namespace {

constexpr std::size_t dribble_below = 32 * 1024;  // bytes at once: two records

// The end of a direction is not said within TLS: sessions say their goodbyes themselves, so that a connection that was
// cut off never passes for one that ended.
class TlsTransport final : public Transport {
 public:
  TlsTransport(platform::Stream stream, security::TlsChannel channel)
      : stream_(std::move(stream)), channel_(std::move(channel)) {}

  Task<void> shake_hands();

  Executor executor() const override { return stream_.get_executor(); }
  Task<std::size_t> read_some(platform::ReadBuffers into) override;
  Task<std::size_t> write_some(platform::WriteBuffers from) override;
  void shutdown_send() override { stream_.shutdown_send(); }
  void close() override { stream_.close(); }
  platform::PathSample path() const override { return stream_.path_sample(); }
  void set_congestion(CongestionControl wanted) override { stream_.set_congestion(wanted); }
  platform::Endpoint local() const override { return stream_.local(); }
  platform::Endpoint remote() const override { return stream_.remote(); }
  const security::TlsAgreement* agreement() const override { return &channel_.agreement(); }
  Keying exported(const char* label) const override { return channel_.exported(label); }

 private:
  Task<void> send_records();
  Task<void> receive_records();

  platform::Stream stream_;
  security::TlsChannel channel_;
  // Little comes at once: on a slow path each segment would wake us, for nothing until its record is whole. Where much
  // comes at once, telling the kernel would cost more than it saves.
  bool dribbles_ = false;
};

Task<void> TlsTransport::send_records() {
  for (;;) {
    const ByteSpan records = channel_.to_send();
    if (records.empty()) co_return;
    const std::size_t count = co_await stream_.async_write_some(asio::buffer(records.data(), records.size()));
    channel_.sent(count);
  }
}

Task<void> TlsTransport::receive_records() {
  stream_.set_receive_low_water(dribbles_ ? channel_.missing() : 1);
  const MutableByteSpan room = channel_.room();
  const std::size_t count = co_await stream_.async_read_some(asio::buffer(room.data(), room.size()));
  channel_.received(count);
  dribbles_ = count < dribble_below;
}

Task<void> TlsTransport::shake_hands() {
  for (bool complete = false;;) {
    std::optional<Error> failed;
    try {
      complete = channel_.handshake();
    } catch (const Error& error) {
      failed = error;
    }
    // Also of a failure: the peer is told why.
    co_await send_records();
    if (failed) throw Error(*failed);
    if (complete) co_return;
    bool ended = false;
    try {
      co_await receive_records();
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::eof && error.code() != asio::error::connection_reset) throw;
      ended = true;
    }
    if (ended)
      throw Error(Errc::unreachable, "the peer ended the connection within the TLS handshake; it may speak plain text");
  }
}

Task<std::size_t> TlsTransport::read_some(platform::ReadBuffers into) {
  for (;;) {
    if (const std::size_t count = channel_.read(into)) co_return count;
    co_await receive_records();
  }
}

// Returns when the records have been accepted, so that what was written before shutdown_send() comes before the end.
Task<std::size_t> TlsTransport::write_some(platform::WriteBuffers from) {
  for (;;) {
    const std::size_t count = channel_.write(from);
    co_await send_records();
    if (count > 0) co_return count;
  }
}

}  // namespace

Task<std::shared_ptr<Transport>> secure(platform::Platform& platform, platform::Stream stream, security::Side side,
                                        std::shared_ptr<const Self> self) {
  if (!self->credentials) co_return over_tcp(std::move(stream));
  security::TlsChannel channel(self->credentials->current(), side, platform.wall_time(), self->tls);
  const auto transport = std::make_shared<TlsTransport>(std::move(stream), std::move(channel));
  co_await transport->shake_hands();
  if (const auto& peer = transport->agreement()->peer; peer.cluster != self->identity.cluster)
    throw Error(Errc::untrusted,
                "the peer is " + security::to_uri(peer) + ", of another cluster than '" + self->identity.cluster + "'");
  co_return transport;
}

Failure check_identity(const Transport& transport, const Identity& claimed) {
  const security::TlsAgreement* agreement = transport.agreement();
  if (!agreement || agreement->peer == security::PeerName(claimed.cluster, claimed.node)) return {};
  return {Errc::untrusted, "the peer says it is node '" + claimed.node.text + "', and its certificate is that of " +
                               security::to_uri(agreement->peer)};
}

}  // namespace dwcp::amst
