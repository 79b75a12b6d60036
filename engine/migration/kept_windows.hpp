// Contents that both ends of a migration still hold when it is over, for the next one between the same two nodes: a
// guest that returns brings only what has changed, and one that is like another only what is its own.
#pragma once

#include <deque>
#include <optional>

#include "engine/base/units.hpp"
#include "engine/hde/literals.hpp"
#include "engine/migration/messages.hpp"

namespace dwcp::migration {

class KeptWindows {
 public:
  // Together at most `bytes`, the oldest go first; none longer than `keep_for`. 0 of either: nothing is kept.
  KeptWindows(Bytes bytes, Duration keep_for) : bytes_(bytes), keep_for_(keep_for) {}

  // Of the migration `name` to or from `peer`. A former one of the same guest and peer goes.
  void keep(const NodeId& peer, const WindowName& name, hde::KeptWindow window, TimePoint now);
  struct Kept {
    WindowName name;
    hde::KeptWindow window;
  };
  // What a migration of `vm` to `peer` may begin with: what this guest left behind, or where `shared` the newest of any
  // guest. It is not kept any longer, here and below: what comes of it will be.
  std::optional<Kept> take_for(const NodeId& peer, const VmId& vm, bool shared, TimePoint now);
  // What the peer names for a migration of `vm`; of another guest only where `shared`.
  std::optional<Kept> take(const NodeId& peer, const WindowName& name, const VmId& vm, bool shared, TimePoint now);
  void forget_old(TimePoint now);
  Bytes held() const;

 private:
  struct Entry {
    NodeId peer;
    Kept kept;
    TimePoint since;
  };

  std::optional<Kept> take_out(std::deque<Entry>::iterator entry);

  Bytes bytes_;
  Duration keep_for_;
  std::deque<Entry> entries_;  // oldest first
};

}  // namespace dwcp::migration
