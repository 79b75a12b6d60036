#include "hypervisor/model/port.hpp"

#include "engine/platform/deadline.hpp"

namespace dwcp::model {

using migration::GuestInfo;
using migration::GuestState;

std::unique_ptr<migration::Hypervisor> GuestHost::attach(platform::Platform& platform) {
  agent_died();
  return std::make_unique<Port>(state_, platform);
}

Task<std::vector<VmId>> GuestHost::Port::list() {
  std::vector<VmId> vms;
  for (const auto& [vm, resident] : state_->residents) vms.push_back(vm);
  co_return vms;
}

Task<GuestInfo> GuestHost::Port::find(VmId vm) {
  const auto found = state_->residents.find(vm);
  if (found == state_->residents.end()) co_return GuestInfo{};
  const Blueprint& blueprint = found->second.guest->blueprint();
  co_return GuestInfo{state_->state_of(vm), blueprint.memory(), blueprint.config().vcpus};
}

Task<migration::GuestOffer> GuestHost::Port::describe(VmId vm, migration::MoveOptions options) {
  state_->resident(vm);
  if (options.movement != migration::Movement::pre_copy || options.copy_disks)
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' is modelled: it moves by pre-copy, and has no disks");
  const GuestInfo guest = co_await find(vm);
  migration::GuestOffer offer{guest, options, {}};
  co_return offer;
}

Task<std::unique_ptr<migration::OutgoingGuest>> GuestHost::Port::start_outgoing(VmId vm, migration::MoveOptions,
                                                                                migration::Pipes&) {
  State::Resident& resident = state_->resident(vm);
  if (resident.outgoing && !resident.outgoing->ended())
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' is being migrated already");
  resident.outgoing = std::make_shared<OutgoingStream>(resident.guest, state_->now());
  co_return std::make_unique<Outgoing>(state_, platform_, vm, resident.outgoing);
}

Task<std::unique_ptr<migration::IncomingGuest>> GuestHost::Port::start_incoming(VmId vm, migration::GuestOffer offer,
                                                                                migration::Pipes&) {
  state_->check_room(vm);
  const auto& blueprint = state_->blueprint(vm);
  if (offer.guest.memory != blueprint->memory())
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' is offered with " + to_string(offer.guest.memory) +
                                             " of memory; here it is known with " + to_string(blueprint->memory()));
  auto stream = std::make_shared<IncomingStream>(blueprint);
  state_->incoming[vm] = stream;
  co_return std::make_unique<Incoming>(state_, platform_, vm, std::move(stream));
}

Task<void> GuestHost::Port::resume(VmId vm) {
  State::Resident& resident = state_->resident(vm);
  if (resident.outgoing && !resident.outgoing->ended() && !resident.guest->running())
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' is at its switchover; its stream is not at its end");
  state_->run(vm, resident);
  co_return;
}

Task<void> GuestHost::Port::discard(VmId vm) {
  state_->discard(vm);
  co_return;
}

Guest& GuestHost::Outgoing::guest() {
  const auto found = state_->residents.find(vm_);
  if (found == state_->residents.end() || found->second.outgoing != stream_)
    throw Error(Errc::hypervisor_failed, "the migration of guest '" + vm_.text + "' is not under way any more");
  return *found->second.guest;
}

Task<std::size_t> GuestHost::Outgoing::read_some(MutableByteSpan into) {
  for (;;) {
    const bool ran = guest().running();
    const std::size_t count = stream_->read(into, state_->now());
    if (ran && !guest().running()) state_->tell(vm_);
    if (count > 0 || stream_->ended()) co_return count;
    // The world's time and the platform's need not begin at the same moment.
    if (stream_->wake_at() == TimePoint::max())
      co_await changed_.wait();
    else
      co_await changed_.wait_until(platform_.now() + (stream_->wake_at() - state_->now()));
  }
}

Task<void> GuestHost::Outgoing::allow_switchover(Bytes limit) {
  guest();
  stream_->allow_switchover(limit);
  changed_.notify_all();
  co_return;
}

Task<void> GuestHost::Outgoing::throttle(unsigned percent) {
  if (percent > 99)
    throw Error(Errc::bad_value, "throttle of " + std::to_string(percent) + " %; 0 to 99 would be right");
  guest().throttle(state_->now(), percent);
  co_return;
}

Task<void> GuestHost::Outgoing::switch_to_post_copy() {
  throw Error(Errc::internal, "guest '" + vm_.text + "' is modelled, and was started without post-copy");
}

Task<void> GuestHost::Outgoing::emptied() { co_return co_await switch_to_post_copy(); }

bool GuestHost::Incoming::under_way() const {
  const auto found = state_->incoming.find(vm_);
  return found != state_->incoming.end() && found->second == stream_;
}

void GuestHost::Incoming::check_under_way() const {
  if (!under_way()) throw Error(Errc::hypervisor_failed, "guest '" + vm_.text + "' is not on its way in any more");
}

Task<void> GuestHost::Incoming::write(ByteSpan stream) {
  check_under_way();
  if (Result<void> taken = stream_->write(stream); !taken)
    throw Error(Errc::hypervisor_failed, "guest '" + vm_.text + "': " + taken.error().message());
  co_return;
}

Task<void> GuestHost::Incoming::finish() {
  co_await platform::sleep_for(platform_, state_->options.load_time);
  check_under_way();
  Result<IncomingStream::Loaded> loaded = stream_->finish();
  if (!loaded) throw Error(Errc::hypervisor_failed, "guest '" + vm_.text + "': " + loaded.error().message());
  state_->incoming.erase(vm_);
  State::Resident& resident = state_->add(vm_);
  resident.guest->load(std::move(loaded->versions));
  resident.wrong_pages = std::move(loaded->wrong_pages);
  state_->tell(vm_);
}

}  // namespace dwcp::model
