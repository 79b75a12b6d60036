// The seam between sessions and what carries their bytes: TCP, with TLS or without, or RDMA. Used on its executor (a
// lane) only.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>

#include "engine/amst/options.hpp"
#include "engine/base/bytes.hpp"
#include "engine/platform/stream.hpp"
#include "engine/platform/task.hpp"
#include "engine/security/tls_channel.hpp"

namespace dwcp::amst {

// What two ends of one connection share with nobody else; of plain text: zeroes.
using Keying = std::array<std::byte, 32>;

class Transport {
 public:
  virtual ~Transport() = default;
  virtual Executor executor() const = 0;
  // At least one byte; throw system_error, eof at the end.
  virtual Task<std::size_t> read_some(platform::ReadBuffers into) = 0;
  virtual Task<std::size_t> write_some(platform::WriteBuffers from) = 0;
  virtual void shutdown_send() = 0;
  virtual void close() = 0;
  virtual platform::PathSample path() const = 0;
  // Of TCP, as platform::Stream::set_congestion(); what goes by an adapter has its own, and nothing is changed.
  virtual void set_congestion(CongestionControl /*wanted*/) {}
  virtual platform::Endpoint local() const = 0;
  virtual platform::Endpoint remote() const = 0;
  virtual Carrier carrier() const { return Carrier::tcp; }
  virtual const security::TlsAgreement* agreement() const { return nullptr; }  // null: plain text
  // By TLS's exporter (RFC 8446, section 7.5).
  virtual Keying exported(const char* /*label*/) const { return {}; }
};

std::shared_ptr<Transport> over_tcp(platform::Stream stream);

// Counts every byte into `counter` as soon as the transport has taken or given it.
using ByteCounter = std::atomic<std::uint64_t>;
Task<void> write_all(Transport& transport, std::span<const asio::const_buffer> from, ByteCounter& counter);
Task<void> read_all(Transport& transport, MutableByteSpan into, ByteCounter& counter);

}  // namespace dwcp::amst
