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
#include <vector>

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

// How a guest is moved.
//   pre_copy   its memory is copied while it runs at the source, in rounds, as page records that the engine encodes
//   post_copy  it runs at the destination first and fetches its pages from there; the hypervisors' own streams are
//              carried as they are, in pipes. A failure while pages are still at the source stops the guest.
enum class Movement : std::uint8_t { pre_copy = 1, post_copy = 2 };

struct MoveOptions {
  Movement movement = Movement::pre_copy;
  bool copy_disks = false;    // disks that the hosts do not share travel with the guest
  unsigned throttle_max = 0;  // percent of vCPU time that the guest may lose; 0: none
};

// What the destination needs to know to judge whether it can take the guest.
struct GuestOffer {
  GuestInfo guest;
  MoveOptions options;
  std::string description;  // of the source's hypervisor for the destination's, opaque to the engine
  static constexpr std::size_t description_max = 48 * 1024;  // bytes
};

struct OutgoingStatus {
  unsigned rounds = 0;                  // completed synchronisations of the dirty bitmap; the bulk pass is round 1
  Bytes remaining{0};                   // dirty memory that is not yet in the stream
  BitRate dirty_rate{0};                // memory dirtied lately, as bits per second; 0 before the first measurement
  unsigned throttle_percent = 0;        // of vCPU time taken from the guest
  bool guest_stopped = false;           // the switchover has begun: the guest is paused and the stream goes to its end
  TimePoint stopped_at{};               // when; with guest_stopped only
  Bytes disk_total{0}, disk_copied{0};  // of disks that travel with the guest
};

// One ordered byte stream between the two hypervisors of one migration. It is carried by the migration's session and,
// as that does, survives lost connections. It ends when the session does: then calls throw what the session ended with.
class Pipe {
 public:
  virtual ~Pipe() = default;
  virtual std::uint8_t purpose() const = 0;
  // 0: the peer ended its direction, and everything was read. One reader at a time.
  virtual Task<std::size_t> read_some(MutableByteSpan into) = 0;
  // Returns when the bytes are queued: waits while too many are under way. One writer at a time.
  virtual Task<void> write(ByteSpan bytes) = 0;
  // Nothing more will be written.
  virtual Task<void> end() = 0;
};

struct PipeTraits {
  std::uint8_t purpose = 0;  // told to the peer; its meaning belongs to the hypervisors
  bool urgent = false;       // overtakes bulk data: commands, requests for single pages
  bool compress = false;     // worth trying: memory and disk contents
};

class Pipes {
 public:
  virtual ~Pipes() = default;
  virtual std::shared_ptr<Pipe> open(PipeTraits traits) = 0;
  // The next pipe that the peer opened.
  virtual Task<std::shared_ptr<Pipe>> accept() = 0;
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
  // 0..99: the share of vCPU time that the guest loses, so that it dirties more slowly. A hypervisor that throttles by
  // itself, within MoveOptions::throttle_max, does nothing here; status() says what is in force.
  virtual Task<void> throttle(unsigned percent) = 0;
  // Of post_copy: the guest stops and is to run at the destination as soon as that has its device state. Pages follow.
  virtual Task<void> switch_to_post_copy() = 0;
  // Of post_copy, after the destination runs the guest: returns when its last page has arrived there.
  virtual Task<void> emptied() = 0;
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
  // All guests of this host that run or are paused.
  virtual Task<std::vector<VmId>> list() = 0;
  virtual Task<GuestInfo> find(VmId vm) = 0;
  // Fails, before anything is sent, when the guest cannot be moved so (a device that cannot migrate, an old version).
  virtual Task<GuestOffer> describe(VmId vm, MoveOptions options) = 0;
  // `pipes` outlives the guest that is returned.
  virtual Task<std::unique_ptr<OutgoingGuest>> start_outgoing(VmId vm, MoveOptions options, Pipes& pipes) = 0;
  // Fails, before anything is sent, when this host cannot take such a guest (memory, a processor model, a missing disk,
  // an existing guest of that name), naming what is wrong. `pipes` outlives the guest that is returned.
  virtual Task<std::unique_ptr<IncomingGuest>> start_incoming(VmId vm, GuestOffer offer, Pipes& pipes) = 0;
  // Lets a paused guest run. Running already is no error. Throws Error(not_found) when it is absent, or when it turned
  // out that it cannot run: then it never ran here since it came, and never will.
  virtual Task<void> resume(VmId vm) = 0;
  // Removes a paused guest from this host. Absence is no error; a running guest is. An outgoing guest whose stream was
  // read to its end is at rest until this or resume() is called.
  virtual Task<void> discard(VmId vm) = 0;
  // What stopping a guest here, loading its devices at the destination and letting it run there typically takes of the
  // downtime, before any migration was seen.
  virtual Duration switchover_typical() const = 0;
};

}  // namespace dwcp::migration
