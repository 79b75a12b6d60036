// Who owns which VM, as this host knows it: the durable half of the hand-over.
//
// The hand-over is a two-phase commit with the source as coordinator (Gray, "Notes on Data Base Operating Systems",
// 1978):
//   source:       intent, committed, done         or aborted and rejected; taken_back when the destination cannot run
//   it destination:  intent, prepared, owned, serving     or aborted; refused is the answer to a commit it cannot keep
// Every step is durable before it is acted on or spoken of. `committed` is the one decision: before it the source may
// always let its guest run, after it only with the destination's durable word that it never will.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/migration/hypervisor.hpp"
#include "engine/platform/endpoint.hpp"
#include "engine/platform/journal.hpp"
#include "engine/platform/mutex.hpp"

namespace dwcp::migration {

enum class Role : std::uint8_t { source = 1, destination = 2 };
enum class Step : std::uint8_t {
  intent = 1,
  prepared = 2,    // destination
  committed = 3,   // source
  owned = 4,       // destination
  aborted = 5,     // both
  refused = 6,     // destination: it will never run the guest under this epoch
  taken_back = 7,  // source, after the destination's refusal
  done = 8,        // source: the destination runs the guest, ours is discarded
  rejected = 9,    // source: the abort was confirmed by the destination, nothing is left to do
  serving = 10,    // destination: the guest was let run, after `owned`
};

struct Entry {
  VmId vm;
  Epoch epoch;
  Role role = Role::source;
  Step step = Step::intent;
  std::vector<platform::Endpoint> peer;  // the destination's paths; empty in a destination's entries
  // The other node, as its session named it (and its certificate proved): only its word counts. Empty: not known yet.
  NodeId partner = {};
  friend bool operator==(const Entry&, const Entry&) = default;
};

ByteVector encode(const Entry&);
Result<Entry> decode_entry(ByteSpan);

class Ledger {
 public:
  static constexpr std::size_t records_before_compaction = 1024;

  static Task<std::unique_ptr<Ledger>> open(platform::Platform& platform);

  // Durable when it returns. Calls may overlap; they are written one after the other.
  Task<void> record(Entry entry);

  // The newest entry of each VM, in any role.
  std::vector<Entry> latest() const;
  // The entry of one hand-over in one role.
  std::optional<Entry> find(const VmId& vm, Epoch epoch, Role role) const;
  // Hand-overs that are not settled: the source owes the destination a word, or the destination waits for one.
  std::vector<Entry> unsettled() const;
  // The highest epoch that this host has seen for the VM; 0 when none.
  Epoch highest_epoch(const VmId& vm) const;

 private:
  Ledger(platform::Platform& platform, platform::Journal journal);
  void apply(const Entry& entry);
  std::vector<ByteVector> snapshot() const;

  struct Key {
    VmId vm;
    Epoch epoch;
    Role role;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  platform::Platform& platform_;
  platform::Journal journal_;
  platform::Mutex writing_;
  std::map<Key, Entry> entries_;  // unsettled ones, and the newest settled one of each VM and role
  std::size_t records_ = 0;
};

bool is_settled(const Entry&);

// What a destination does with the source's Commit, from its ledger and the guest's state alone.
//   run      it holds the guest prepared: record `owned`, let it run, say Running
//   running  ownership was taken before, whatever became of the guest since: say Running. An epoch higher than the
//   asked
//            one proves it too, because only an owner hands out the next
//   refuse   record `refused`, say CannotRun: the source takes the guest back
enum class CommitAnswer { run, running, refuse };
CommitAnswer answer_commit(const std::optional<Entry>& known, Epoch asked, Epoch highest, GuestState guest);

}  // namespace dwcp::migration
