// Sessions that share a bottleneck, in virtual time.
#include <numeric>

#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

constexpr BitRate bottleneck(1'000'000'000);
constexpr Duration begin_of_look = 10s, end_of_look = 40s;

struct Contender {
  unsigned streams;
  CongestionControl congestion;
};

// Payload bits per second of each in the time that is looked at; all send as much as they can for all of it.
std::vector<double> rates_of(const std::vector<Contender>& contenders, sim::WireOptions wire) {
  sim::World world({.seed = 3});
  sim::Machine& left = world.add_host("left");
  sim::Machine& right = world.add_host("right");
  const sim::Link& link = world.add_link(left, right, wire);
  std::vector<Sink> sinks(contenders.size());
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const auto own_port = static_cast<std::uint16_t>(port + i);
    const std::string number = std::to_string(i);
    SessionConfig config{.streams = contenders[i].streams, .congestion = contenders[i].congestion};
    config.send_window = config.receive_window = MiB(96);
    world.start(right, "receiver" + number, [&, own_port, config, i](Platform& p) -> Task<void> {
      const std::vector<Endpoint> listen_at(1, Endpoint{asio::ip::address_v4::any(), own_port});
      const Self self(Identity(NodeId("right"), "test"), nullptr);
      Acceptor acceptor(p, listen_at, self, config);
      const auto session = co_await acceptor.accept();
      auto body = sinks[i].body();
      co_await body(p, session);
    });
    world.start(left, "sender" + number, [&, own_port, config](Platform& p) -> Task<void> {
      const std::vector<Endpoint> to(1, world.endpoint(right, link, own_port));
      const Self self(Identity(NodeId("left"), "test"), nullptr);
      const auto session = co_await connect(p, to, self, config);
      for (std::uint64_t chunk = 1;; ++chunk) {
        std::vector<Slice> payload = numbered(chunk, KiB(256));
        co_await session->send({}, std::move(payload));
      }
    });
  }
  world.run_until(at_time(end_of_look));
  std::vector<double> rates;
  for (const Sink& sink : sinks) {
    EXPECT_EQ(sink.repeated + sink.damaged, 0U);
    rates.push_back(sink.rate(at_time(begin_of_look), at_time(end_of_look)));
    ::testing::Test::RecordProperty("mbit_per_s_" + std::to_string(rates.size()), std::to_string(rates.back() / 1e6));
  }
  return rates;
}

// Jain, Chiu, Hawe, "A Quantitative Measure of Fairness", DEC-TR-301, 1984: 1 when all are equal, 1/n when one has all.
double jain(const std::vector<double>& rates) {
  const double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  const double squares = std::inner_product(rates.begin(), rates.end(), rates.begin(), 0.0);
  return sum * sum / (static_cast<double>(rates.size()) * squares);
}

TEST(Sharing, TwoSessionsGetAlike) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "takes minutes under a sanitizer, through the same code as the tests of one session";
#endif
  const Contender ours{8, CongestionControl::bbr};
  const auto rates = rates_of({ours, ours}, {.rate = bottleneck, .delay = 50ms});
  EXPECT_GE(jain(rates), 0.9);
  EXPECT_GE(rates[0] + rates[1], 0.9 * static_cast<double>(bottleneck.value));
}

// A loss-based flow beside ours is left a quarter of the link, and nothing is left unused.
TEST(Sharing, ACubicFlowKeepsItsPart) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "takes minutes under a sanitizer, through the same code as the tests of one session";
#endif
  const auto rates =
      rates_of({{8, CongestionControl::bbr}, {1, CongestionControl::cubic}}, {.rate = bottleneck, .delay = 50ms});
  EXPECT_GE(rates[1], 0.25 * static_cast<double>(bottleneck.value));
  EXPECT_GE(rates[0] + rates[1], 0.9 * static_cast<double>(bottleneck.value));
}

}  // namespace
}  // namespace dwcp::amst::test
