// A whole migration: agents, sessions, encoding with its real codecs, modelled guests, and every byte on the wire.
#include "bench/sim/cost/cases.hpp"
#include "engine/migration/agent.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/scope.hpp"
#include "hypervisor/model/host.hpp"
#include "sim/world.hpp"

namespace dwcp::bench {
namespace {

constexpr std::uint16_t port = 4700;

Task<void> live(platform::Platform& platform, model::GuestHost& host, migration::AgentConfig config,
                std::function<Task<void>(migration::Agent&)> then) {
  const auto hypervisor = host.attach(platform);
  migration::Agent agent(platform, *hypervisor, std::move(config));
  platform::Scope scope(platform, platform.control());
  scope.spawn(agent.run());
  co_await platform::sleep_for(platform, std::chrono::milliseconds(10));  // until the journals are open
  co_await then(agent);
  co_await scope.join();
}

}  // namespace

Cost run_migration(const Transfer& t) {
  sim::WorldOptions options;
  options.mtu = t.mtu;
  sim::World world(options);
  auto& left = world.add_host("left");
  auto& right = world.add_host("right");
  world.add_link(left, right, sim::WireOptions{.rate = t.rate, .delay = t.rtt / 2});

  const VmId vm("guest");
  model::GuestConfig guest{.memory = t.size};
  if (t.incompressible) guest.content = {.zero = 0, .repetitive = 0, .low_entropy = 0, .random = 1};
  const model::Catalogue catalogue{{vm, model::Blueprint::make(guest).value()}};
  model::GuestHost from(catalogue, {.seed = 1}, [&] { return world.now(); });
  model::GuestHost to(catalogue, {.seed = 2}, [&] { return world.now(); });
  from.boot(vm);

  migration::AgentConfig config;
  config.node = NodeId("right");
  config.listen = {world.endpoint(right, port)};
  world.start(right, "right-agent", [&, config](platform::Platform& p) {
    return live(p, to, config, [](migration::Agent&) -> Task<void> { co_return; });
  });
  config.node = NodeId("left");
  config.listen.clear();
  std::optional<migration::Report> report;
  auto& source = world.start(left, "left-agent", [&, config](platform::Platform& p) {
    return live(p, from, config, [&](migration::Agent& agent) -> Task<void> {
      migration::Request request{vm, {world.endpoint(right, port)}, {}};
      report = co_await agent.migrate(std::move(request));
    });
  });
  world.run_until([&] { return report.has_value(); }, TimePoint(std::chrono::hours(1)));
  source.rethrow_failure();
  if (!report || report->outcome != migration::Outcome::completed || !to.report(vm).wrong_pages.empty())
    throw Error(Errc::internal, "the migration did not complete: " + (report ? report->reason : "no report"));
  return {world.statistics().cpu_seconds, to_seconds(report->total_time), world.statistics().events,
          report->bytes_wire};
}

}  // namespace dwcp::bench
