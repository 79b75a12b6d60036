#include "hypervisor/libvirt/hypervisor.hpp"

#include <array>
#include <map>

#include "engine/platform/deadline.hpp"
#include "hypervisor/libvirt/checks.hpp"
#include "hypervisor/libvirt/incoming.hpp"
#include "hypervisor/libvirt/outgoing.hpp"

namespace dwcp::libvirt {
namespace {

using migration::GuestInfo;
using migration::GuestOffer;
using migration::GuestState;

constexpr Duration conclude_patience = std::chrono::seconds(15);
constexpr Duration vanish_patience = std::chrono::seconds(20);
constexpr Duration look_again = std::chrono::milliseconds(50);
// A first estimate, which every migration corrects: of the 0.2 s that guests stood still between the lab's hosts on a
// link without delay, what pages do not explain.
constexpr Duration switchover_of_qemu = std::chrono::milliseconds(150);
constexpr unsigned undefine_flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                                    VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM;

GuestState state_of(virDomainPtr domain) {
  int state = VIR_DOMAIN_NOSTATE;
  if (virDomainGetState(domain, &state, nullptr, 0) < 0) {
    if (last_is_no_domain()) return GuestState::absent;
    throw_last(Errc::hypervisor_failed, "a guest's state");
  }
  switch (state) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
      return GuestState::running;
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
      return GuestState::paused;
    default:
      return GuestState::absent;
  }
}

// Post-copy that did not come to its end: what the destination still lacks is nowhere else.
bool has_pages_of_another(virDomainPtr domain) {
  int state = VIR_DOMAIN_NOSTATE, reason = 0;
  return virDomainGetState(domain, &state, &reason, 0) == 0 && state == VIR_DOMAIN_PAUSED &&
         (reason == VIR_DOMAIN_PAUSED_POSTCOPY || reason == VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
}

std::string token(platform::Platform& platform) {
  std::array<std::byte, 8> random{};
  platform.entropy(random);
  std::string text;
  for (const std::byte byte : random) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::filesystem::path daemon_socket(const Config& config) {
  if (!config.socket.empty()) return config.socket;
  for (const char* usual : {"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"})
    if (std::filesystem::exists(usual)) return usual;
  throw Error(Errc::unreachable, "no libvirt daemon listens in /run/libvirt; name its socket in libvirt.socket");
}

// What the destination must hold of the guest's disks when they travel.
void measure_disks(virDomainPtr domain, Description& description) {
  for (Disk& disk : description.disks) {
    virDomainBlockInfo info{};
    if (virDomainGetBlockInfo(domain, disk.target.c_str(), &info, 0) < 0)
      throw_last(Errc::hypervisor_failed, "disk " + disk.target);
    disk.capacity = Bytes(info.capacity);
    disk.allocation = Bytes(info.allocation);
  }
}

class LibvirtHypervisor final : public migration::Hypervisor {
 public:
  LibvirtHypervisor(platform::native::NativePlatform& platform, Config config)
      : platform_(platform),
        config_(std::move(config)),
        daemon_(daemon_socket(config_)),
        calls_(config_.uri),
        scope_(platform, platform.control(), [this](std::exception_ptr thrown) { on_failure(thrown); }) {
    std::filesystem::create_directories(config_.runtime);
    std::filesystem::permissions(config_.runtime, std::filesystem::perms(0711));
    // What a former life left: its migrations ended with it.
    std::filesystem::remove_all(config_.runtime / "moves");
    const Connection connection = open_connection(config_.uri);
    check_versions(connection.get());
  }

  Task<std::vector<VmId>> list() override;
  Task<GuestInfo> find(VmId vm) override;
  Task<GuestOffer> describe(VmId vm, migration::MoveOptions options) override;
  Task<std::unique_ptr<migration::OutgoingGuest>> start_outgoing(VmId vm, migration::MoveOptions options,
                                                                 migration::Pipes& pipes) override;
  Task<std::unique_ptr<migration::IncomingGuest>> start_incoming(VmId vm, GuestOffer offer,
                                                                 migration::Pipes& pipes) override;
  Task<void> resume(VmId vm) override;
  Task<void> discard(VmId vm) override;
  Duration switchover_typical() const override { return switchover_of_qemu; }

 private:
  Task<void> resume_landed(VmId vm, std::shared_ptr<Landing> landing);
  Task<void> resume_here(VmId vm);
  Task<void> remove(VmId vm);
  Task<bool> wait_until_absent(VmId vm, Duration patience);
  void on_failure(std::exception_ptr thrown);

  platform::native::NativePlatform& platform_;
  Config config_;
  std::filesystem::path daemon_;
  Calls calls_;
  std::map<VmId, std::string> tokens_;  // of guests that were described and are about to leave
  std::map<VmId, std::shared_ptr<Departure>> departures_;
  std::map<VmId, std::shared_ptr<Landing>> landings_;
  platform::Scope scope_;  // last: ends first
};

Task<std::vector<VmId>> LibvirtHypervisor::list() {
  const auto ask = [](virConnectPtr connection) {
    virDomainPtr* domains = nullptr;
    const int count = virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0) throw_last(Errc::hypervisor_failed, "the guests of this host");
    std::vector<VmId> vms;
    for (int i = 0; i < count; ++i) {
      vms.emplace_back(virDomainGetName(domains[i]));
      virDomainFree(domains[i]);
    }
    std::free(domains);
    return vms;
  };
  co_return co_await calls_.run(ask);
}

Task<GuestInfo> LibvirtHypervisor::find(VmId vm) {
  const auto ask = [vm](virConnectPtr connection) {
    GuestInfo guest;
    const Domain domain = look_up(connection, vm);
    if (!domain || (guest.state = state_of(domain.get())) == GuestState::absent) return guest;
    virDomainInfo info{};
    if (virDomainGetInfo(domain.get(), &info) < 0) throw_last(Errc::hypervisor_failed, "guest '" + vm.text + "'");
    guest.memory = KiB(info.maxMem);
    guest.vcpus = info.nrVirtCpu;
    return guest;
  };
  co_return co_await calls_.run(ask);
}

Task<GuestOffer> LibvirtHypervisor::describe(VmId vm, migration::MoveOptions options) {
  const std::string secret = token(platform_);
  const auto ask = [vm, options, secret](virConnectPtr connection) {
    const Domain domain = must_find(connection, vm);
    char* raw = virDomainGetXMLDesc(domain.get(), VIR_DOMAIN_XML_MIGRATABLE);
    if (!raw) throw_last(Errc::hypervisor_failed, "guest '" + vm.text + "'");
    Description description;
    description.token = secret;
    description.xml = raw;
    std::free(raw);
    const DomainFacts facts = read_domain(description.xml).value();
    check_departure(connection, vm, facts);
    if (virConnectGetVersion(connection, &description.qemu_version) < 0)
      throw_last(Errc::hypervisor_failed, "QEMU's version");
    description.disks = facts.disks;
    if (options.copy_disks)
      measure_disks(domain.get(), description);
    else
      for (Disk& disk : description.disks) disk.travels = false;
    return to_text(description);
  };
  const GuestInfo guest = co_await find(vm);
  std::string text = co_await calls_.run(ask);
  if (text.size() > GuestOffer::description_max)
    throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' is described in " + std::to_string(text.size()) +
                                             " bytes; the most is " + std::to_string(GuestOffer::description_max));
  tokens_[vm] = secret;
  GuestOffer offer{guest, options, std::move(text)};
  co_return offer;
}

Task<std::unique_ptr<migration::OutgoingGuest>> LibvirtHypervisor::start_outgoing(VmId vm,
                                                                                  migration::MoveOptions options,
                                                                                  migration::Pipes& pipes) {
  if (departures_.contains(vm))
    throw Error(Errc::ownership_conflict, "guest '" + vm.text + "' is on its way out already");
  const auto secret = tokens_.extract(vm);
  if (secret.empty()) throw Error(Errc::internal, "guest '" + vm.text + "' leaves without having been described");
  const Paths paths(config_.runtime, secret.mapped());
  auto departure = std::make_shared<Departure>(platform_, calls_, vm, options, paths);
  departure->start(scope_, pipes);
  departures_[vm] = departure;
  co_return std::make_unique<Outgoing>(std::move(departure), scope_);
}

Task<std::unique_ptr<migration::IncomingGuest>> LibvirtHypervisor::start_incoming(VmId vm, GuestOffer offer,
                                                                                  migration::Pipes& pipes) {
  const Description description = parse_description(offer.description).value();
  const auto check = [vm, description, memory = offer.guest.memory, config = config_](virConnectPtr connection) {
    check_landing(connection, vm, description, memory, config);
  };
  co_await calls_.run(check);
  const Paths paths(config_.runtime, description.token);
  auto landing = std::make_shared<Landing>(platform_, calls_, vm, offer.options.movement, paths, daemon_);
  landing->start(scope_, pipes);
  landings_[vm] = landing;
  co_return std::make_unique<Incoming>(std::move(landing));
}

Task<void> LibvirtHypervisor::resume(VmId vm) {
  if (const auto landing = landings_.find(vm); landing != landings_.end() && landing->second->finished())
    co_return co_await resume_landed(vm, landing->second);
  if (const auto departure = departures_.find(vm); departure != departures_.end()) {
    const auto leaving = departure->second;
    co_await leaving->call_off();
    departures_.erase(vm);
  }
  co_await resume_here(vm);
}

Task<void> LibvirtHypervisor::resume_landed(VmId vm, std::shared_ptr<Landing> landing) {
  std::string why = "its libvirt could not let guest '" + vm.text + "' run";
  bool runs = false;
  try {
    runs = co_await landing->let_run();
  } catch (const Error& error) {
    if (error.code() != Errc::hypervisor_failed) throw;
    why = error.detail();
  }
  // The daemon's connection may have ended after the call: then the guest's state has the answer.
  if (!runs) runs = (co_await find(vm)).state == GuestState::running;
  landings_.erase(vm);
  if (runs) co_return;
  landing->drop();
  co_await remove(vm);
  throw Error(Errc::not_found, why);
}

// A guest that is defined here and does not run was let run here, and has ended since: libvirt defines a guest that
// comes as the last thing before it runs, and none is taken in that was defined before (checks.cpp).
Task<void> LibvirtHypervisor::resume_here(VmId vm) {
  const auto let_run = [vm](virConnectPtr connection) {
    const Domain domain = must_find(connection, vm);
    if (state_of(domain.get()) != GuestState::paused) return;
    if (virDomainResume(domain.get()) < 0 && state_of(domain.get()) == GuestState::paused)
      throw_last(Errc::hypervisor_failed, "letting guest '" + vm.text + "' run");
  };
  co_await calls_.run(let_run);
}

Task<void> LibvirtHypervisor::discard(VmId vm) {
  if (const auto found = landings_.find(vm); found != landings_.end()) {
    const auto landing = found->second;
    landings_.erase(found);
    landing->drop();
    const bool gone = co_await wait_until_absent(vm, vanish_patience);
    if (!gone) co_await remove(vm);
    co_return;
  }
  if (const auto found = departures_.find(vm); found != departures_.end()) {
    const auto departure = found->second;
    const bool concluded = co_await departure->conclude(conclude_patience);
    if (!concluded) {
      // Its libvirt has not heard from the other: the guest goes before that can be taken for a failure.
      co_await remove(vm);
      co_await departure->call_off();
    }
    departures_.erase(vm);
  }
  co_await remove(vm);
}

Task<void> LibvirtHypervisor::remove(VmId vm) {
  const auto destroy = [vm](virConnectPtr connection) {
    const Domain domain = look_up(connection, vm);
    if (!domain) return;
    const GuestState state = state_of(domain.get());
    if (has_pages_of_another(domain.get()))
      throw Error(Errc::hypervisor_failed, "guest '" + vm.text +
                                               "' runs at its destination, and its last pages are still here; let " +
                                               "libvirt resume the post-copy migration");
    if (state == GuestState::running)
      throw Error(Errc::hypervisor_failed, "guest '" + vm.text + "' runs, and is not to be discarded");
    if (state == GuestState::paused && virDomainDestroy(domain.get()) < 0 && !last_is_no_domain())
      throw_last(Errc::hypervisor_failed, "discarding guest '" + vm.text + "'");
    if (virDomainIsPersistent(domain.get()) == 1 && virDomainUndefineFlags(domain.get(), undefine_flags) < 0 &&
        !last_is_no_domain())
      throw_last(Errc::hypervisor_failed, "undefining guest '" + vm.text + "'");
  };
  co_await calls_.run(destroy);
}

Task<bool> LibvirtHypervisor::wait_until_absent(VmId vm, Duration patience) {
  const TimePoint deadline = platform_.now() + patience;
  for (;;) {
    const GuestInfo guest = co_await find(vm);
    if (guest.state == GuestState::absent) co_return true;
    if (platform_.now() > deadline) co_return false;
    co_await platform::sleep_for(platform_, look_again);
  }
}

void LibvirtHypervisor::on_failure(std::exception_ptr thrown) {
  std::string why;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    why = error.what();
  }
  platform_.record("libvirt.task_failed", {{"reason", why}});
}

}  // namespace

std::unique_ptr<migration::Hypervisor> connect(platform::native::NativePlatform& platform, Config config) {
  return std::make_unique<LibvirtHypervisor>(platform, std::move(config));
}

}  // namespace dwcp::libvirt
