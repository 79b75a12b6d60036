// The hypervisor of one modelled machine. It belongs to the world, not to the agent's process: guests live on when the
// agent is killed, and a restarted agent attaches again.
#pragma once

#include <functional>
#include <optional>

#include "engine/migration/hypervisor.hpp"
#include "engine/platform/platform.hpp"
#include "hypervisor/model/blueprint.hpp"

namespace dwcp::model {

struct HostOptions {
  Bytes memory = GiB(64);                             // of all guests together
  Duration load_time = std::chrono::milliseconds(5);  // from a stream's end to the guest being loaded
  std::uint64_t seed = 1;                             // of the guests' writes here; differs between hosts
};

// What a checker may ask about a guest.
struct GuestReport {
  migration::GuestState state = migration::GuestState::absent;
  std::uint64_t runs = 0;               // how often it was let run on this host
  std::uint64_t writes = 0;             // page writes that it made on this host so far
  std::vector<Frame> wrong_pages = {};  // that came in otherwise than the source said they were; ascending
};

class GuestHost {
 public:
  using Clock = std::function<TimePoint()>;
  // Called at each change of a guest's state, after it, with what it became.
  using Observer = std::function<void(const VmId&, migration::GuestState)>;

  // `now` is the world's time: it never goes back, not even when an agent restarts. All calls are made on one executor.
  GuestHost(Catalogue catalogue, HostOptions options, Clock now);
  ~GuestHost();
  GuestHost(const GuestHost&) = delete;
  GuestHost& operator=(const GuestHost&) = delete;

  // Starts a guest of the catalogue here. Throws Error: not_found, already_exists, hypervisor_failed for want of
  // memory.
  void boot(const VmId& vm);

  // The port for an agent that begins its life; `platform` is the agent's, and outlives it. What an earlier agent had
  // under way ends, as with agent_died().
  std::unique_ptr<migration::Hypervisor> attach(platform::Platform& platform);
  // The agent was killed: outgoing streams that were not read to their end are cancelled, incoming guests that were not
  // finished are gone. What is left of the agent's objects has no effect any more.
  void agent_died();
  // The machine failed: all guests are gone.
  void power_off();

  void observe(Observer observer);
  std::vector<VmId> guests() const;  // running or paused
  migration::GuestState state(const VmId& vm) const;
  bool is_running(const VmId& vm) const { return state(vm) == migration::GuestState::running; }
  GuestReport report(const VmId& vm) const;

  // Pages that differ between a guest here and the same guest there; all of them when it is absent at either. A
  // running guest counts as of its last dirty-bitmap synchronisation: compare when it is paused, or as it is let run.
  std::vector<Frame> differences(const VmId& vm, const GuestHost& there) const;
  // One page as it is now. Throws Error(not_found).
  void read_page(const VmId& vm, Frame frame, PageBytes into) const;

 private:
  struct State;
  class Port;
  class Outgoing;
  class Incoming;
  std::shared_ptr<State> state_;
};

}  // namespace dwcp::model
