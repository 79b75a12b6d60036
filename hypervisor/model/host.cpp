#include "hypervisor/model/host.hpp"

#include <algorithm>

#include "hypervisor/model/host_state.hpp"

namespace dwcp::model {

using migration::GuestState;

const std::shared_ptr<const Blueprint>& GuestHost::State::blueprint(const VmId& vm) const {
  const auto found = catalogue.find(vm);
  if (found == catalogue.end()) throw Error(Errc::not_found, "no modelled guest is named '" + vm.text + "'");
  return found->second;
}

GuestHost::State::Resident& GuestHost::State::resident(const VmId& vm) {
  const auto found = residents.find(vm);
  if (found == residents.end()) throw Error(Errc::not_found, "no guest '" + vm.text + "' on this host");
  return found->second;
}

Bytes GuestHost::State::memory_used() const {
  Bytes sum{0};
  for (const auto& [vm, resident] : residents) sum += resident.guest->blueprint().memory();
  for (const auto& [vm, stream] : incoming) sum += blueprint(vm)->memory();
  return sum;
}

void GuestHost::State::check_room(const VmId& vm) const {
  const Bytes needed = blueprint(vm)->memory();
  if (residents.contains(vm) || incoming.contains(vm))
    throw Error(Errc::already_exists, "guest '" + vm.text + "' is on this host already");
  if (memory_used() + needed > options.memory)
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' needs " + to_string(needed) + "; of " +
                                             to_string(options.memory) + " on this host " + to_string(memory_used()) +
                                             " are used");
}

GuestHost::State::Resident& GuestHost::State::add(const VmId& vm) {
  Resident& added = residents[vm];
  added.guest = std::make_shared<Guest>(blueprint(vm), options.seed + ++guests_made);
  return added;
}

GuestState GuestHost::State::state_of(const VmId& vm) const {
  const auto found = residents.find(vm);
  if (found == residents.end()) return GuestState::absent;
  return found->second.guest->running() ? GuestState::running : GuestState::paused;
}

void GuestHost::State::tell(const VmId& vm) {
  if (observer) observer(vm, state_of(vm));
}

void GuestHost::State::run(const VmId& vm, Resident& resident) {
  if (resident.guest->running()) return;
  if (resident.outgoing) {
    resident.outgoing.reset();
    resident.guest->stop_tracking();
    resident.guest->throttle(now(), 0);
  }
  resident.guest->run(now());
  ++resident.runs;
  tell(vm);
}

void GuestHost::State::cancel_outgoing(const VmId& vm, const std::shared_ptr<OutgoingStream>& stream) {
  const auto found = residents.find(vm);
  if (found == residents.end() || found->second.outgoing != stream || stream->ended()) return;
  Resident& resident = found->second;
  const bool stood = !resident.guest->running();
  stream->cancel(now());
  resident.outgoing.reset();
  if (!stood || !resident.guest->running()) return;
  ++resident.runs;
  tell(vm);
}

void GuestHost::State::discard(const VmId& vm) {
  if (state_of(vm) == GuestState::running)
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' runs; only a paused one is discarded");
  incoming.erase(vm);
  if (residents.erase(vm) > 0) tell(vm);
}

GuestHost::GuestHost(Catalogue catalogue, HostOptions options, Clock now)
    : state_(std::make_shared<State>(State{std::move(catalogue), options, std::move(now), {}, {}, {}})) {}

GuestHost::~GuestHost() = default;

void GuestHost::boot(const VmId& vm) {
  state_->check_room(vm);
  state_->run(vm, state_->add(vm));
}

void GuestHost::agent_died() {
  state_->incoming.clear();
  for (auto& [vm, resident] : state_->residents)
    if (resident.outgoing) state_->cancel_outgoing(vm, resident.outgoing);
}

void GuestHost::power_off() {
  state_->incoming.clear();
  const auto gone = std::exchange(state_->residents, {});
  for (const auto& [vm, resident] : gone) state_->tell(vm);
}

void GuestHost::observe(Observer observer) { state_->observer = std::move(observer); }

std::vector<VmId> GuestHost::guests() const {
  std::vector<VmId> names;
  for (const auto& [vm, resident] : state_->residents) names.push_back(vm);
  return names;
}

GuestState GuestHost::state(const VmId& vm) const { return state_->state_of(vm); }

GuestReport GuestHost::report(const VmId& vm) const {
  const auto found = state_->residents.find(vm);
  if (found == state_->residents.end()) return {};
  const State::Resident& resident = found->second;
  return {state_->state_of(vm), resident.runs, resident.guest->writes_made(), resident.wrong_pages};
}

std::vector<Frame> GuestHost::differences(const VmId& vm, const GuestHost& there) const {
  const auto& blueprint = state_->blueprint(vm);
  const auto a = state_->residents.find(vm), b = there.state_->residents.find(vm);
  const bool both = a != state_->residents.end() && b != there.state_->residents.end();
  std::vector<Frame> different;
  for (Frame frame(0); frame.value < blueprint->frames(); ++frame) {
    const auto holds = [&](const auto& resident) { return !std::ranges::binary_search(resident.wrong_pages, frame); };
    // Equal versions are equal contents, and different ones may be.
    const bool same = both && holds(a->second) && holds(b->second) &&
                      (a->second.guest->version(frame) == b->second.guest->version(frame) ||
                       blueprint->hash(frame, a->second.guest->version(frame)) ==
                           blueprint->hash(frame, b->second.guest->version(frame)));
    if (!same) different.push_back(frame);
  }
  return different;
}

void GuestHost::read_page(const VmId& vm, Frame frame, PageBytes into) const {
  const State::Resident& resident = state_->resident(vm);
  resident.guest->blueprint().generate(frame, resident.guest->version(frame), into);
}

}  // namespace dwcp::model
