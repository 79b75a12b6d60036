// The transfer itself, through the Platform port.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include "bench/sim/fidelity/world.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::bench {
namespace {

constexpr std::uint16_t port = 4700;
constexpr std::size_t chunk = 1 << 18;

// What each stream carries again and again. Its length divides no train and no segment.
const ByteVector& content() {
  static const ByteVector bytes = [] {
    ByteVector random(chunk - 7);
    Random from(1);
    for (auto& byte : random) byte = static_cast<std::byte>(from());
    return random;
  }();
  return bytes;
}

struct Progress {
  std::uint64_t arrived = 0;
  bool right = true;
  TimePoint last{};
};

Task<void> receive(platform::Platform& p, platform::Stream stream, Progress& progress) {
  ByteVector buffer(chunk);
  for (std::uint64_t at = 0;;) {
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (n > 0)
      progress.right = progress.right && buffer[n - 1] == content()[(at + n - 1) % content().size()];  // a sample
    at += n;
    progress.arrived += n;
    if (n > 0) progress.last = p.now();
    if (error) co_return;
  }
}

Task<void> send(platform::Platform& p, platform::Endpoint to, platform::StreamOptions options, std::uint64_t size) {
  auto stream = co_await p.connect(to, options, p.lane(0));
  for (std::uint64_t sent = 0; sent < size;) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(content().size(), size - sent));
    sent += co_await asio::async_write(stream, asio::buffer(content().data(), n), asio::use_awaitable);
  }
  stream.shutdown_send();
  char byte;
  co_await stream.async_read_some(asio::buffer(&byte, 1), asio::as_tuple(asio::use_awaitable));
}

sim::LinkOptions bottleneck(const FidelityWorld& w) {
  sim::LinkOptions link(sim::WireOptions{.rate = w.rate, .delay = w.rtt / 2});
  link.forward.loss = sim::LossOptions::independent(w.loss);
  return link;
}

}  // namespace

FidelityCost run_world(const FidelityWorld& w, sim::Fidelity fidelity, std::uint64_t seed) {
  sim::WorldOptions options;
  options.seed = seed;
  options.mtu = w.mtu;
  options.fidelity = fidelity;
  sim::World world(options);
  const bool shared = w.pairs > 1;
  sim::Machine* near = shared ? &world.add_router("near") : nullptr;
  sim::Machine* far = shared ? &world.add_router("far") : nullptr;
  if (shared) world.add_link(*near, *far, bottleneck(w), "bottleneck");
  Progress progress;
  for (unsigned pair = 0; pair < w.pairs; ++pair) {
    const std::string number = std::to_string(pair);
    auto& from = world.add_host("from-" + number);
    auto& to = world.add_host("to-" + number);
    const sim::Link* last = nullptr;
    if (shared) {
      // Ten times the bottleneck's rate, so that these hold nobody back.
      world.add_link(from, *near, sim::WireOptions{.rate = w.rate * 10, .delay = w.rtt * pair / 4});
      last = &world.add_link(*far, to, sim::WireOptions{.rate = w.rate * 10, .delay = std::chrono::microseconds(10)});
    } else {
      last = &world.add_link(from, to, bottleneck(w));
    }
    world.start(to, "receiver-" + number, [&progress](platform::Platform& p) -> Task<void> {
      auto listener = p.listen({boost::asio::ip::address_v4::any(), port}, {});
      platform::Scope scope(p, p.control());
      for (;;) scope.spawn(receive(p, co_await listener->accept(p.lane(0)), progress));
    });
    platform::StreamOptions stream;
    const bool second = pair % 2 == 1 && w.other != platform::CongestionControl::platform_default;
    stream.congestion = second ? w.other : w.congestion;
    const platform::Endpoint at = world.endpoint(to, *last, port);
    const std::uint64_t each = w.size.value / (w.pairs * w.streams);
    for (unsigned i = 0; i < w.streams; ++i)
      world.start(from, "sender-" + number + "-" + std::to_string(i),
                  [at, stream, each](platform::Platform& p) { return send(p, at, stream, each); });
  }
  const std::uint64_t total = w.size.value / (w.pairs * w.streams) * w.pairs * w.streams;
  world.run_until([&] { return progress.arrived >= total; }, TimePoint(std::chrono::hours(2)));
  if (progress.arrived != total || !progress.right)
    throw Error(Errc::internal, std::string(w.name) + ": " + std::to_string(progress.arrived) + " of " +
                                    std::to_string(total) + " bytes arrived" + (progress.right ? "" : ", wrong ones"));
  const auto statistics = world.statistics();
  return {to_seconds(progress.last.time_since_epoch()), statistics.cpu_seconds, statistics.events};
}

}  // namespace dwcp::bench
