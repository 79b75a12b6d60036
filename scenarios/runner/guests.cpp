#include "scenarios/runner/guests.hpp"

#include <map>

#include "engine/base/random.hpp"
#include "hypervisor/model/image.hpp"

namespace dwcp::scenarios {
namespace {

model::DirtyProfile profile_of(const Dirtying& dirty) {
  return {.pattern = static_cast<model::DirtyPattern>(dirty.pattern),  // the same words in the same order
          .rate = dirty.rate,
          .working_set = dirty.working_set,
          .period = dirty.period,
          .burst = dirty.burst.value,
          .exponent = dirty.exponent};
}
static_assert(static_cast<int>(DirtyPattern::trace) == static_cast<int>(model::DirtyPattern::trace) &&
              static_cast<int>(DirtyPattern::zipf) == static_cast<int>(model::DirtyPattern::zipf) &&
              static_cast<int>(DirtyPattern::constant) == static_cast<int>(model::DirtyPattern::constant) &&
              static_cast<int>(DirtyPattern::bursty) == static_cast<int>(model::DirtyPattern::bursty));

template <class T>
T value_for(const std::string& vm, Result<T> result) {
  if (!result) throw Error(Errc::bad_scenario, "VM '" + vm + "': " + result.error().message());
  return std::move(*result);
}

}  // namespace

model::Catalogue make_catalogue(const Scenario& scenario, std::uint64_t seed) {
  model::Catalogue catalogue;
  std::map<std::filesystem::path, std::shared_ptr<const model::DirtyTrace>> traces;  // of many guests, held once
  for (const auto& [name, vm] : scenario.vms) {
    model::GuestConfig config;
    config.memory = vm.memory;
    config.vcpus = vm.vcpus;
    config.content = {vm.content.zero.value, vm.content.repetitive.value, vm.content.low_entropy.value,
                      vm.content.random.value};
    if (vm.image) config.image = value_for(name, model::map_image(scenario.file.parent_path() / *vm.image));
    config.changed = vm.dirty.changed.value;
    if (const auto& mix = vm.dirty.writes)
      config.writes = model::WriteMix{mix->text.value, mix->counters.value, mix->random.value, mix->freed.value};
    config.dirty = profile_of(vm.dirty);
    if (vm.dirty.trace) {
      const auto file = scenario.file.parent_path() / *vm.dirty.trace;
      auto& trace = traces[file];
      if (!trace) trace = std::make_shared<model::DirtyTrace>(value_for(name, model::DirtyTrace::load(file)));
      config.dirty.trace = trace;
    }
    config.seed = Random(seed, "guest." + name)();
    catalogue.emplace(VmId(name), value_for(name, model::Blueprint::make(std::move(config))));
  }
  return catalogue;
}

model::HostOptions guest_host_options(const Scenario& scenario, const std::string& host, std::uint64_t seed) {
  // The firmware's and the screen's blocks come on top of the memory that a scenario speaks of.
  constexpr Bytes blocks_beside_ram = MiB(64);
  const auto guests = scenario.vms.size();
  return {.memory = scenario.topology.hosts.at(host).memory + blocks_beside_ram * guests,
          .seed = Random(seed, "host." + host)()};
}

std::vector<std::uint64_t> wrong_pages(const VmId& vm, const model::GuestHost& source,
                                       const model::GuestHost& destination) {
  std::vector<std::uint64_t> pages;
  for (const model::Frame frame : destination.differences(vm, source)) pages.push_back(frame.value);
  return pages;
}

}  // namespace dwcp::scenarios
