// RDMA: a queue pair of the reliable connected service (InfiniBand Architecture Specification, volume 1, section 9.7),
// of a network adapter or a simulated one. What is written arrives whole, once and in order, or the pair fails. Used on
// one executor only: the one that it was made for (a lane).
#pragma once

#include <cstdint>
#include <functional>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::platform {

struct QueuePairOptions {
  Bytes exposed{0};           // of our memory, which the peer may write into, >= 1
  Bytes own{0};               // of our memory, which our writes are taken from, >= 1
  unsigned writes_max = 1;    // of ours that are posted and not yet reported as written, >= 1
  unsigned arrivals_max = 1;  // of the peer's that are not yet reported as arrived; it must not write more, >= 1
};

class QueuePair {
 public:
  static constexpr std::size_t address_max = 128;  // bytes

  // Called on the pair's executor, from the event loop, never from within a call of ours; not after close().
  struct Events {
    // The oldest write that was not reported is whole in the peer's memory.
    std::function<void()> written;
    // The peer's next write is whole in exposed().
    std::function<void(std::uint32_t immediate)> arrived;
    // It carries nothing more; no other event follows. What was posted and not reported may have arrived or not.
    std::function<void(Failure)> failed;
  };

  virtual ~QueuePair() = default;  // as close()
  virtual MutableByteSpan exposed() = 0;
  virtual MutableByteSpan own() = 0;
  // What the peer needs to connect, at most address_max bytes; only the same kind of platform can read them. Whoever
  // knows them can write into exposed(): to be told to an authenticated peer over a private channel.
  virtual ByteVector address() const = 0;
  // Takes both sides; what one writes before the other has called it is repeated until it has, for a few seconds.
  // Throws Error(bad_value) for an address that is none, Error(unreachable) for one without a route.
  virtual void connect(ByteSpan peer, Events events) = 0;
  // RDMA WRITE with immediate: own()[from, from + length) to the peer's exposed()[to, to + length), and `immediate` to
  // its event. The bytes are not to be changed until they are reported as written. `length` may be 0. Precondition:
  // connected, and fewer than writes_max are posted.
  virtual void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) = 0;
  // The peer's writes fail from now on, after its retries.
  virtual void close() = 0;
};

}  // namespace dwcp::platform
