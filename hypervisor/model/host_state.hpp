// What a modelled host holds: the half of GuestHost that its ports share.
#pragma once

#include "hypervisor/model/host.hpp"
#include "hypervisor/model/incoming.hpp"
#include "hypervisor/model/outgoing.hpp"

namespace dwcp::model {

struct GuestHost::State {
  struct Resident {
    std::shared_ptr<Guest> guest;
    std::shared_ptr<OutgoingStream> outgoing;  // also after its end, until the guest is let run or discarded
    std::uint64_t runs = 0;
    std::vector<Frame> wrong_pages;
  };

  Catalogue catalogue;
  HostOptions options;
  Clock now;
  Observer observer;
  std::map<VmId, Resident> residents;
  std::map<VmId, std::shared_ptr<IncomingStream>> incoming;
  std::uint64_t guests_made = 0;

  const std::shared_ptr<const Blueprint>& blueprint(const VmId& vm) const;
  Resident& resident(const VmId& vm);
  Bytes memory_used() const;
  // Throws unless a guest of that size and name can come here.
  void check_room(const VmId& vm) const;
  Resident& add(const VmId& vm);
  void tell(const VmId& vm);
  migration::GuestState state_of(const VmId& vm) const;

  void run(const VmId& vm, Resident& resident);
  // No effect when `stream` is not under way (any more).
  void cancel_outgoing(const VmId& vm, const std::shared_ptr<OutgoingStream>& stream);
  void discard(const VmId& vm);
};

}  // namespace dwcp::model
