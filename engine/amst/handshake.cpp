#include "engine/amst/handshake.hpp"

#include "engine/amst/tls_transport.hpp"

namespace dwcp::amst {

Task<void> write_whole(Transport& transport, ByteVector bytes) {
  ByteCounter ignored{0};
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  co_await write_all(transport, std::span(&buffer, 1), ignored);
}

Task<ByteVector> read_whole(Transport& transport, Result<std::size_t> (*parse_prefix)(const wire::PrefixBytes&)) {
  ByteCounter ignored{0};
  wire::PrefixBytes prefix{};
  co_await read_all(transport, prefix, ignored);
  const auto length = parse_prefix(prefix);
  if (length.has_error()) throw Error(length.error());
  ByteVector whole(prefix.begin(), prefix.end());
  whole.resize(prefix.size() + *length);
  co_await read_all(transport, MutableByteSpan(whole).subspan(prefix.size()), ignored);
  co_return whole;
}

Task<Greeted> dial(platform::Platform& platform, Endpoint to, CongestionControl congestion, Executor lane,
                   std::shared_ptr<const Self> self, std::optional<NodeId> expected, Introduction introduce) {
  platform::StreamOptions options;
  options.congestion = congestion;
  platform::Stream stream = co_await platform.connect(to, options, lane);
  Greeted result;
  result.transport = co_await secure(platform, std::move(stream), security::Side::dialing, std::move(self));
  ByteVector bytes = wire::write(introduce(*result.transport));
  co_await write_whole(*result.transport, std::move(bytes));
  const ByteVector reply = co_await read_whole(*result.transport, wire::parse_reply_prefix);
  auto welcome = wire::parse_reply(reply);
  if (welcome.has_error()) throw Error(welcome.error());
  const Identity& peer = welcome->terms.identity;
  if (Failure failure = objection_to(*result.transport, welcome->terms); failure.code) throw Error(failure);
  if (expected && peer.node != *expected)
    throw Error(Errc::untrusted, "node '" + peer.node.text + "' is at " + platform::to_string(to) + ", where '" +
                                     expected->text + "' should be");
  result.welcome = std::move(*welcome);
  co_return result;
}

Task<wire::Hello> read_hello(Transport& transport) {
  const ByteVector whole = co_await read_whole(transport, wire::parse_hello_prefix);
  wire::PrefixBytes prefix{};
  std::copy_n(whole.begin(), prefix.size(), prefix.begin());
  // The version comes before the rest, which another version may have laid out differently.
  const auto version = wire::common_version({}, wire::hello_versions(prefix));
  Failure failure;
  if (version.has_error()) {
    failure = version.error();
  } else {
    auto hello = wire::parse_hello(whole);
    if (hello.has_value()) co_return std::move(*hello);
    failure = hello.error();
  }
  co_await send_refusal(transport, failure);
  throw Error(failure);
}

Task<void> send_refusal(Transport& transport, Failure reason) {
  ByteVector bytes = wire::write_refusal(reason);
  co_await write_whole(transport, std::move(bytes));
  transport.shutdown_send();
}

Task<void> send_welcome(Transport& transport, wire::Welcome welcome) {
  ByteVector bytes = wire::write(welcome);
  co_await write_whole(transport, std::move(bytes));
}

wire::Terms terms_of(const SessionConfig& config, const Self& self, const platform::Platform& platform) {
  wire::Terms terms;
  if (self.credentials) terms.features &= ~wire::feature_chunk_checksums;
  if (config.rdma && platform.has_rdma()) terms.features |= wire::feature_rdma;
  terms.chunk_max = config.chunk_max;
  terms.receive_window = config.receive_window;
  terms.heartbeat = config.heartbeat;
  terms.resume_timeout = config.resume_timeout;
  terms.identity = self.identity;
  return terms;
}

Failure objection_to(const Transport& transport, const wire::Terms& terms) {
  if (!transport.agreement() && (terms.features & wire::feature_chunk_checksums) == 0)
    return {Errc::bad_value, "chunk checksums are required without TLS"};
  return check_identity(transport, terms.identity);
}

}  // namespace dwcp::amst
