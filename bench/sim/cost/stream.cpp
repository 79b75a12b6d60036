// Through the Platform port: what the engine's streams cost.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include "bench/sim/cost/cases.hpp"
#include "engine/base/checksum.hpp"
#include "sim/world.hpp"

namespace dwcp::bench {
namespace {

constexpr std::uint16_t port = 4700;
constexpr std::size_t chunk = 1 << 20;

}  // namespace

Cost run_stream(const Transfer& t) {
  sim::WorldOptions options;
  options.mtu = t.mtu;
  sim::World world(options);
  auto& left = world.add_host("left");
  auto& right = world.add_host("right");
  world.add_link(left, right, sim::WireOptions{.rate = t.rate, .delay = t.rtt / 2});
  ByteVector content(chunk);
  Random random(1);
  for (auto& byte : content) byte = static_cast<std::byte>(random());
  std::uint64_t arrived = 0;
  bool right_content = true;
  TimePoint last{};
  auto& server = world.start(right, "server", [&](platform::Platform& p) -> Task<void> {
    auto listener = p.listen({boost::asio::ip::address_v4::any(), port}, {});
    auto stream = co_await listener->accept(p.lane(0));
    ByteVector buffer(chunk);
    while (arrived < t.size.value) {
      const auto n = co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      // A sample: a full comparison would be the bench's cost, not the stream's.
      right_content = right_content && buffer[n - 1] == content[(arrived + n - 1) % chunk];
      arrived += n;
      last = p.now();
    }
  });
  auto& client = world.start(left, "client", [&](platform::Platform& p) -> Task<void> {
    auto stream = co_await p.connect(world.endpoint(right, port), {}, p.lane(0));
    for (std::uint64_t sent = 0; sent < t.size.value; sent += chunk)
      co_await asio::async_write(stream, asio::buffer(content), asio::use_awaitable);
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), asio::as_tuple(asio::use_awaitable));
  });
  world.run_until([&] { return server.finished(); }, TimePoint(std::chrono::hours(1)));
  server.rethrow_failure();
  client.rethrow_failure();
  if (arrived != t.size.value || !right_content)
    throw Error(Errc::internal, "the stream moved " + std::to_string(arrived) + " of " + std::to_string(t.size.value));
  return {world.statistics().cpu_seconds, to_seconds(last.time_since_epoch()), world.statistics().events, t.size};
}

}  // namespace dwcp::bench
