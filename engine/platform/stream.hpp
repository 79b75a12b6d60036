// A reliable ordered byte stream: a TCP connection, real or simulated. Satisfies Asio's AsyncReadStream and
// AsyncWriteStream, so async_read, async_write and ssl::stream work on it. Used on one executor only: the one it was
// made for (a lane). Cheap to copy; the connection closes with the last copy.
#pragma once

#include <boost/asio/async_result.hpp>
#include <memory>
#include <string_view>

#include "engine/base/units.hpp"
#include "engine/platform/buffers.hpp"
#include "engine/platform/endpoint.hpp"
#include "engine/platform/handler.hpp"

namespace dwcp::platform {

// by_path: what suits the path's round trip, as the connection's handshake measured it: bbr, which a loss does not slow
// down, from `far_rtt` on where the host offers it, else platform_default.
enum class CongestionControl { platform_default, bbr, cubic, by_path };
std::string_view name_of(CongestionControl);

// From this round trip on a path may leave the building. Within it the operator knows best, and loss is repaired fast.
constexpr Duration far_rtt = std::chrono::milliseconds(2);

struct StreamOptions {
  CongestionControl congestion = CongestionControl::platform_default;
  Bytes send_buffer{0};     // 0: the platform's own tuning
  Bytes receive_buffer{0};  // 0: the platform's own tuning
};

// What the transport knows of the path (TCP_INFO on a real socket, the TCP socket's own state in the simulation).
struct PathSample {
  Duration rtt_smoothed{0};
  Duration rtt_min{0};       // 0: unknown
  BitRate delivery_rate{0};  // as the sender measured it; 0: unknown
  Bytes congestion_window{0};
  Bytes unacknowledged{0};          // sent and not yet acknowledged by the peer's transport
  Bytes unsent{0};                  // accepted from us, not yet sent
  std::uint64_t segments_sent = 0;  // with data, those sent again included; 0: none yet, or unknown
  std::uint64_t segments_retransmitted = 0;
  CongestionControl congestion = CongestionControl::platform_default;  // what is really in force
};

class StreamBackend {
 public:
  virtual ~StreamBackend() = default;
  virtual Executor executor() const = 0;
  virtual void read_some(ReadBuffers,
                         Handler) = 0;  // completes with count > 0, or an error (asio::error::eof at the end)
  virtual void write_some(WriteBuffers, Handler) = 0;  // completes when at least one byte was accepted
  virtual void set_receive_low_water(std::size_t) {}   // see Stream
  virtual void shutdown_send() = 0;                    // after all accepted bytes the peer reads end of file
  virtual void close() = 0;                            // pending operations end with operation_aborted
  virtual void set_congestion(CongestionControl) = 0;  // see Stream
  virtual Endpoint local() const = 0;
  virtual Endpoint remote() const = 0;
  virtual PathSample path_sample() const = 0;
};

class Stream {
 public:
  explicit Stream(std::shared_ptr<StreamBackend> backend = {}) : backend_(std::move(backend)) {}

  using executor_type = Executor;
  using lowest_layer_type = Stream;
  executor_type get_executor() const { return backend_->executor(); }
  lowest_layer_type& lowest_layer() { return *this; }
  const lowest_layer_type& lowest_layer() const { return *this; }
  explicit operator bool() const { return backend_ != nullptr; }

  template <class Buffers, class Token = asio::use_awaitable_t<>>
  auto async_read_some(const Buffers& buffers, Token&& token = {}) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, StreamBackend* backend, ReadBuffers list) {
          Handler erased(std::move(handler), backend->executor());
          if (list.empty())
            erased.complete({}, 0);
          else
            backend->read_some(list, std::move(erased));
        },
        token, backend_.get(), ReadBuffers(buffers));
  }
  template <class Buffers, class Token = asio::use_awaitable_t<>>
  auto async_write_some(const Buffers& buffers, Token&& token = {}) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, StreamBackend* backend, WriteBuffers list) {
          Handler erased(std::move(handler), backend->executor());
          if (list.empty())
            erased.complete({}, 0);
          else
            backend->write_some(list, std::move(erased));
        },
        token, backend_.get(), WriteBuffers(buffers));
  }
  // A hint for the reads that follow: fewer than `bytes` (at least 1) are of no use yet, so a read need not be woken
  // for them. The caller knows that as many come; the end and errors are told at once. Reads may still complete with
  // less.
  void set_receive_low_water(std::size_t bytes) { backend_->set_receive_low_water(bytes); }
  void shutdown_send() { backend_->shutdown_send(); }
  void close() {
    if (backend_) backend_->close();
  }
  // From now on, whatever the stream was made with; platform_default and by_path change nothing, and neither does a
  // stream that is closed. Throws Error(bad_configuration) when the host refuses, and then all is as it was.
  void set_congestion(CongestionControl wanted) { backend_->set_congestion(wanted); }
  Endpoint local() const { return backend_->local(); }
  Endpoint remote() const { return backend_->remote(); }
  PathSample path_sample() const { return backend_->path_sample(); }

 private:
  std::shared_ptr<StreamBackend> backend_;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // The next connection, whose operations run on `lane`. Throws asio::error::operation_aborted after close().
  virtual Task<Stream> accept(Executor lane) = 0;
  virtual Endpoint local() const = 0;
  virtual void close() = 0;
};

}  // namespace dwcp::platform
