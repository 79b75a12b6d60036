// The Platform port: one process on one machine, real (native/) or simulated (sim/). It is the only way by which engine
// code gets time, randomness, I/O, storage and processors.
//
// Executors: control() is single-threaded and owns all engine state, without locks. lane(i) carries bulk work: a data
// stream lives on one lane. On a real host a lane is a thread; in the simulation all executors are one run queue.
// Between executors only owned values cross (co_spawn onto the other executor, or post).
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "engine/base/random.hpp"
#include "engine/base/units.hpp"
#include "engine/platform/compute.hpp"
#include "engine/platform/datagram.hpp"
#include "engine/platform/queue_pair.hpp"
#include "engine/platform/record.hpp"
#include "engine/platform/storage.hpp"
#include "engine/platform/stream.hpp"
#include "engine/platform/timer.hpp"

namespace dwcp::platform {

// Calendar time in UTC. Only for what the outside world dates, such as certificates: it may jump.
using WallTime = std::chrono::sys_seconds;

class Platform {
 public:
  virtual ~Platform() = default;

  virtual Executor control() = 0;
  virtual unsigned lanes() const = 0;         // >= 1
  virtual Executor lane(unsigned index) = 0;  // index < lanes()

  virtual TimePoint now() const = 0;       // monotonic since the platform's start; safe on every executor
  virtual WallTime wall_time() const = 0;  // safe on every executor
  virtual Timer timer(Executor on) = 0;

  // A connection whose operations run on `lane`. Throws system_error with Asio's codes (connection_refused, ...). It
  // has no deadline of its own: see deadline.hpp. Must be awaited on `lane`.
  virtual Task<Stream> connect(Endpoint to, StreamOptions options, Executor lane) = 0;
  // Port 0 takes a free one. Throws when the address cannot be had. Options apply to accepted streams.
  virtual std::unique_ptr<Listener> listen(Endpoint at, StreamOptions options) = 0;
  virtual Datagram datagram(Endpoint at) = 0;
  // Whether a device of this host does RDMA. Safe on every executor.
  virtual bool has_rdma() const { return false; }
  // A queue pair of the device that has the local address `at`; null when none does RDMA there. Called on `lane`.
  // Throws Error(out_of_budget) naming what the device, or the limit on locked memory, refuses.
  virtual std::shared_ptr<QueuePair> queue_pair(const asio::ip::address& /*at*/, const QueuePairOptions& /*options*/,
                                                Executor /*lane*/) {
    return nullptr;
  }

  virtual Storage& storage() = 0;
  virtual Compute& compute() = 0;
  // How much memory this process may still take without the host running short: of a real host what its kernel and the
  // process's control groups say, and the most there is where they do not. It changes from call to call, and promises
  // nothing: see memory_budget.hpp. Safe on every executor.
  virtual Bytes memory_available() = 0;
  // What this process's processors did: compute()'s stages and, on a real host, its threads "control" and "lanes"
  // (moving the bytes of streams). Safe on every executor.
  virtual StageTimes processor_times() { return compute().times(); }

  // A new deterministic stream for one purpose; the same name gives the same stream within one process life.
  virtual Random random(std::string_view purpose) = 0;
  // Unpredictable bytes for tokens and identities (from the seed in the simulation).
  virtual void entropy(MutableByteSpan into) = 0;

  // A rare path that the simulator may take, to see that the engine gets along with what it leads to: a stream that
  // dies, a word that comes late, memory that is given up early. `point` is a literal, "component.what". Never on real
  // hosts, where this costs a call through the port; so it stands where things are rare or slow anyway. On control().
  virtual bool maybe(std::string_view /*point*/) { return false; }

  // Emits a structured event. Called on control().
  virtual void record(std::string_view name, Fields fields) = 0;
};

}  // namespace dwcp::platform
