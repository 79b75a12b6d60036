// The Hypervisor port: what the migration session needs of the host's hypervisor. Served by hypervisor/libvirt (QEMU)
// and hypervisor/model (modelled guests); both speak QEMU's migration stream.
//
// A guest lives in the host, not in the agent's process: it outlives the agent. When an agent dies,
//   - an outgoing stream that was not read to its end is cancelled, and the guest runs on, as QEMU does;
//   - an outgoing stream that was read to its end leaves the guest paused: only the owner's journal may decide then;
//   - an incoming guest that was not finished is gone; one that was finished stays, paused.
// All calls are made on the control executor. Failures are thrown as Error(hypervisor_failed) with the hypervisor's
// words.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"
#include "engine/platform/task.hpp"

namespace dwcp::migration {

enum class GuestState { absent, running, paused };

struct GuestInfo {
  GuestState state = GuestState::absent;
  Bytes memory{0};
  unsigned vcpus = 0;
};

struct OutgoingStatus {
  unsigned rounds = 0;            // completed synchronisations of the dirty bitmap; the bulk pass is round 1
  Bytes remaining{0};             // dirty memory that is not yet in the stream
  BitRate dirty_rate{0};          // memory dirtied lately, as bits per second; 0 before the first measurement
  unsigned throttle_percent = 0;  // of vCPU time taken from the guest
  bool guest_stopped = false;     // the switchover has begun: the guest is paused and the stream goes to its end
  TimePoint stopped_at{};         // when; with guest_stopped only
};

// One guest on its way out. Destroying it before the end of the stream was read cancels: the guest runs on.
class OutgoingGuest {
 public:
  virtual ~OutgoingGuest() = default;
  // QEMU stream bytes; 0 at the end of the stream. Not reading is the back-pressure. Waits while there is nothing to
  // send.
  virtual Task<std::size_t> read_some(MutableByteSpan into) = 0;
  virtual OutgoingStatus status() const = 0;
  // The guest is stopped, and the stream brought to its end, as soon as at most `limit` is left dirty. 0: not yet.
  virtual Task<void> allow_switchover(Bytes limit) = 0;
  // 0..99: the share of vCPU time that the guest loses, so that it dirties more slowly.
  virtual Task<void> throttle(unsigned percent) = 0;
};

// One guest on its way in. Destroying it before finish() returned discards it.
class IncomingGuest {
 public:
  virtual ~IncomingGuest() = default;
  virtual Task<void> write(ByteSpan stream) = 0;
  // The whole stream was written: returns when the guest is loaded. It stays paused.
  virtual Task<void> finish() = 0;
};

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;
  virtual Task<GuestInfo> find(VmId vm) = 0;
  virtual Task<std::unique_ptr<OutgoingGuest>> start_outgoing(VmId vm) = 0;
  // Fails, before anything is sent, when this host cannot take such a guest (memory, an existing guest of that name).
  virtual Task<std::unique_ptr<IncomingGuest>> start_incoming(VmId vm, GuestInfo offered) = 0;
  // Lets a paused guest run. Running already is no error; absence is.
  virtual Task<void> resume(VmId vm) = 0;
  // Removes a paused guest from this host. Absence is no error; a running guest is.
  virtual Task<void> discard(VmId vm) = 0;
};

}  // namespace dwcp::migration
