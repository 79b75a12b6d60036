// The congestion control of a stream: by the path, and changed while data flows.
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

using platform::CongestionControl;

platform::StreamOptions options_of(CongestionControl congestion) {
  platform::StreamOptions options;
  options.congestion = congestion;
  return options;
}

struct Ends {
  CongestionControl client, server;
};

// What runs at both ends right after connecting.
Ends by_path(Duration delay) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = delay});
  Ends ends{};
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), options_of(CongestionControl::by_path));
    auto stream = co_await listener->accept(p.lane(0));
    ends.server = stream.path_sample().congestion;
    co_await receive_pattern(stream);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), options_of(CongestionControl::by_path), p.lane(0));
    ends.client = stream.path_sample().congestion;
    co_await send_pattern(stream, KiB(64));
  });
  pair.finish({&server, &client});
  return ends;
}

TEST(Congestion, ByPathIsBbrFromTwoMillisecondsOn) {
  const Ends far = by_path(1ms), near = by_path(900us);
  EXPECT_EQ(far.client, CongestionControl::bbr);
  EXPECT_EQ(far.server, CongestionControl::bbr);
  EXPECT_EQ(near.client, CongestionControl::cubic);
  EXPECT_EQ(near.server, CongestionControl::cubic);
}

struct Changed {
  bool whole = false;
  std::vector<CongestionControl> seen;  // one for each part
  std::vector<double> rates;            // bit/s
  std::uint64_t sent = 0, sent_again = 0;
  std::uint64_t trace = 0;
};

// Sends a part under each of them in turn, over one stream.
Changed change(const std::vector<CongestionControl>& turns, double loss, Bytes part, std::uint64_t seed = 1) {
  Pair pair({.rate = BitRate(500'000'000), .delay = 10ms, .loss = LossOptions::independent(loss)}, seed);
  Changed changed;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    const Received received = co_await receive_pattern(stream);
    changed.whole = received.right_content && received.bytes == part.value * turns.size();
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), options_of(turns.front()), p.lane(0));
    ByteVector buffer(1 << 18);
    std::uint64_t sent = 0;
    for (const CongestionControl wanted : turns) {
      stream.set_congestion(wanted);
      const TimePoint began = p.now();
      for (const std::uint64_t end = sent + part.value; sent < end; sent += buffer.size()) {
        fill_pattern(buffer, sent);
        co_await asio::async_write(stream, asio::buffer(buffer), asio::use_awaitable);
      }
      changed.seen.push_back(stream.path_sample().congestion);
      changed.rates.push_back(static_cast<double>(rate_of(part, p.now() - began).value));
    }
    changed.sent = stream.path_sample().segments_sent;
    changed.sent_again = stream.path_sample().segments_retransmitted;
    stream.shutdown_send();
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
  pair.finish({&server, &client});
  changed.trace = pair.world.trace_hash();
  return changed;
}

const std::vector<CongestionControl> there_and_back{CongestionControl::cubic, CongestionControl::bbr,
                                                    CongestionControl::cubic, CongestionControl::bbr};

TEST(Congestion, ChangesUnderWayAndNothingIsLost) {
  const Changed changed = change(there_and_back, 0.01, MiB(24));
  EXPECT_TRUE(changed.whole);
  EXPECT_EQ(changed.seen, there_and_back);
  EXPECT_GT(static_cast<double>(changed.sent_again), 0.008 * static_cast<double>(changed.sent));
  const double segments = static_cast<double>(4 * MiB(24).value) / 8948;  // of 9000 bytes with their headers
  EXPECT_NEAR(static_cast<double>(changed.sent - changed.sent_again), segments, 0.02 * segments);
}

// On a path that loses at random each of them carries about what it would have from the beginning; CUBIC begins with
// the window that BBR leaves.
TEST(Congestion, EachCarriesWhatItDoesFromTheBeginning) {
  const Changed changed = change(there_and_back, 0.01, MiB(96));
  const double alone_cubic = change({CongestionControl::cubic}, 0.01, MiB(48)).rates.front();
  const double alone_bbr = change({CongestionControl::bbr}, 0.01, MiB(48)).rates.front();
  EXPECT_GT(alone_bbr, 3 * alone_cubic);
  EXPECT_GT(changed.rates[1], 0.6 * alone_bbr);
  EXPECT_GT(changed.rates[3], 0.6 * alone_bbr);
  EXPECT_LT(changed.rates[2], 2 * alone_cubic);
}

TEST(Congestion, OnACleanPathAChangeCostsLittle) {
  const Changed changed = change(there_and_back, 0, MiB(96));
  EXPECT_TRUE(changed.whole);
  for (std::size_t turn = 1; turn < changed.rates.size(); ++turn) EXPECT_GT(changed.rates[turn], 4.2e8) << turn;
}

TEST(Congestion, OneSeedChangesInOneWay) {
  const Changed one = change(there_and_back, 0.01, MiB(8), 5), again = change(there_and_back, 0.01, MiB(8), 5),
                other = change(there_and_back, 0.01, MiB(8), 6);
  EXPECT_EQ(one.trace, again.trace);
  EXPECT_NE(one.trace, other.trace);
}

}  // namespace
}  // namespace dwcp::sim
