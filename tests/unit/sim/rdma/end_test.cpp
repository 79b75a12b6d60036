#include "sim/rdma/pair.hpp"

#include "tests/unit/sim/rdma/hosts.hpp"

namespace dwcp::sim {
namespace {

bool says(const std::optional<Failure>& failure, Errc code, std::string_view text) {
  return failure && failure->code == code && failure->detail.find(text) != std::string::npos;
}
std::string text_of(const std::optional<Failure>& failure) { return failure ? failure->message() : "no failure"; }

TEST(RdmaEnds, WithoutAnAdapterThereIsNoPair) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    EXPECT_FALSE(p.has_rdma());
    EXPECT_EQ(p.queue_pair(asio::ip::make_address("10.0.0.1"), {.exposed = Bytes(1), .own = Bytes(1)}, p.control()),
              nullptr);
    co_return;
  });
  pair.finish({&program});
  EXPECT_THROW(pair.world.set_rdma(pair.left, false), Error);
}

TEST(RdmaEnds, APairIsOfALocalAddressAndWithinTheBounds) {
  RdmaHosts hosts;
  auto& p = hosts.a->program().process();
  EXPECT_TRUE(p.has_rdma());
  const auto here = hosts.left.addresses().front().address;
  const platform::QueuePairOptions least{.exposed = Bytes(1), .own = Bytes(1)};
  EXPECT_NE(p.queue_pair(here, least, p.control()), nullptr);
  EXPECT_EQ(p.queue_pair(hosts.right.addresses().front().address, least, p.control()), nullptr);
  EXPECT_EQ(p.queue_pair(asio::ip::make_address("::1"), least, p.control()), nullptr);
  EXPECT_THROW(p.queue_pair(here, {.exposed = Bytes(0), .own = Bytes(1)}, p.control()), Error);
  const auto refused = [&](Bytes exposed, Bytes own) {
    try {
      p.queue_pair(here, {.exposed = exposed, .own = own}, p.control());
    } catch (const Error& e) {
      return e.code() == Errc::out_of_budget;
    }
    return false;
  };
  EXPECT_TRUE(refused(rdma::registered_max, Bytes(1)));
  EXPECT_TRUE(refused(Bytes(~0ull), Bytes(~0ull)));
  for (int i = 0; i < 5; ++i)  // what is let go of is free again
    EXPECT_NE(p.queue_pair(here, {.exposed = GiB(8), .own = GiB(4)}, p.control()), nullptr);
}

TEST(RdmaEnds, ForeignBytesAreNoAddress) {
  RdmaHosts hosts;
  Random random(1, "fuzz");
  for (int i = 0; i < 10'000; ++i) {
    ByteVector bytes(random.below(platform::QueuePair::address_max + 1));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    try {
      hosts.a->pair->connect(bytes, hosts.a->events());
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::bad_value);
    }
  }
  auto nowhere = rdma::parse_address(hosts.b->pair->address()).value();
  nowhere.host = 0x7b000001;
  try {
    hosts.a->pair->connect(rdma::encode(nowhere), hosts.a->events());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::unreachable);
  }
  hosts.connect();  // it is as good as new
  hosts.a->send(3);
  EXPECT_EQ(hosts.run_until_written(3), Outcome::reached);
  hosts.expect_intact(3);
}

TEST(RdmaEnds, ALongCutEndsInFailureAfterTheRetries) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(1u << 20);
  hosts.world.at(at_time(1ms), [&] { hosts.link.cut(); });
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure.has_value(); }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::unreachable, "retry count exceeded")) << text_of(hosts.a->failure);
  const Duration patience = (rdma::retries_max + 1) * hosts.left.adapter()->timeout();
  EXPECT_GE(hosts.a->failed_at, at_time(patience));
  EXPECT_LE(hosts.a->failed_at, at_time(1ms + 1ms + patience));
  hosts.world.run_until(at_time(2s));
  EXPECT_FALSE(hosts.b->failure) << "it waits for what never comes, as the port says: liveness is not its matter";
  const auto posted = hosts.a->written;
  hosts.a->pair->write(0, 1, 0, 0);  // nothing happens
  hosts.world.run_until(at_time(3s));
  EXPECT_EQ(hosts.a->written, posted);
}

TEST(RdmaEnds, AWriteOutsideOfTheRegionFailsBothSides) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(3);
  hosts.a->on_written = [&] {
    if (hosts.a->written == 3) hosts.a->pair->write(0, 2, (16u << 16) - 1, 0);
  };
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure && hosts.b->failure; }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::protocol_error, "remote access error")) << text_of(hosts.a->failure);
  EXPECT_TRUE(says(hosts.b->failure, Errc::protocol_error, "outside of the 1 MiB")) << text_of(hosts.b->failure);
  EXPECT_EQ(hosts.b->arrived, 3u);
}

TEST(RdmaEnds, AWrongKeyIsRefused) {
  RdmaHosts hosts;
  auto address = rdma::parse_address(hosts.b->pair->address()).value();
  address.key ^= 1;
  hosts.a->pair->connect(rdma::encode(address), hosts.a->events());
  hosts.b->connect(*hosts.a);
  hosts.a->send(1);
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure && hosts.b->failure; }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::protocol_error, "remote access error")) << text_of(hosts.a->failure);
  EXPECT_EQ(std::ranges::count(hosts.b->pair->exposed(), std::byte{0}), 1 << 20) << "nothing was written";
}

// On a link so fast that several arrive in the same nanosecond, before the process gets to report any.
TEST(RdmaEnds, MoreArrivalsThanAgreedFailThePair) {
  RdmaHosts hosts({.rate = BitRate(1'000'000'000'000'000), .delay = 10us}, {}, {.length = 1},
                  {.length = 1, .arrivals_max = 2});
  hosts.connect();
  hosts.a->send(16);
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure && hosts.b->failure; }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::protocol_error, "receiver not ready")) << text_of(hosts.a->failure);
  EXPECT_TRUE(says(hosts.b->failure, Errc::protocol_error, "more than the 2")) << text_of(hosts.b->failure);
}

TEST(RdmaEnds, WritesThatBreakTheContractAreNamed) {
  RdmaHosts hosts;
  EXPECT_THROW(hosts.a->pair->write(0, 1, 0, 0), Error) << "not connected";
  hosts.connect();
  EXPECT_THROW(hosts.a->connect(*hosts.b), Error);
  EXPECT_THROW(hosts.a->pair->write(0, (1 << 20) + 1, 0, 0), Error);
  EXPECT_THROW(hosts.a->pair->write(~std::size_t{0}, 1, 0, 0), Error);
  for (int i = 0; i < 16; ++i) hosts.a->pair->write(0, 1, 0, static_cast<std::uint32_t>(i));
  EXPECT_THROW(hosts.a->pair->write(0, 1, 0, 0), Error);
}

TEST(RdmaEnds, AClosedPairIsNotConnected) {
  RdmaHosts hosts;
  hosts.a->pair->close();
  EXPECT_THROW(hosts.a->connect(*hosts.b), Error);
}

TEST(RdmaEnds, CloseIsSilentAndThePeersWritesFailAfterTheirRetries) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(1000);
  hosts.world.at(at_time(1ms), [&] { hosts.b->pair->close(); });
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure.has_value(); }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::unreachable, "retry count exceeded")) << text_of(hosts.a->failure);
  EXPECT_FALSE(hosts.b->failure);
}

TEST(RdmaEnds, NoEventFollowsClose) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(1000);
  hosts.b->send(1000);
  hosts.run([&] { return hosts.a->written == 10; });
  hosts.a->pair->close();
  const auto written = hosts.a->written, arrived = hosts.a->arrived;
  hosts.world.set_rdma(hosts.left, false);
  hosts.world.run_until(hosts.world.now() + 2s);
  EXPECT_EQ(hosts.a->written, written);
  EXPECT_EQ(hosts.a->arrived, arrived);
  EXPECT_FALSE(hosts.a->failure);
}

TEST(RdmaEnds, ACallbackMayDestroyThePair) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->on_written = [&] { hosts.a->pair.reset(); };
  hosts.a->send(1000);
  EXPECT_EQ(hosts.run([&] { return !hosts.a->pair; }), Outcome::reached);
  hosts.world.run_until(hosts.world.now() + 2s);
  EXPECT_EQ(hosts.a->written, 1u);

  RdmaEnd c(hosts.world, hosts.left, "c"), d(hosts.world, hosts.right, "d");
  auto events = c.events();
  // The events themselves own the pair: the failure that they report takes all of it away.
  events.failed = [&c, own = c.pair](const Failure& f) {
    c.failure = f;
    c.pair.reset();
  };
  c.pair->connect(d.pair->address(), std::move(events));
  hosts.world.set_rdma(hosts.left, false);
  EXPECT_FALSE(c.failure) << "never inline";
  hosts.world.run_until(hosts.world.now() + 1ms);
  EXPECT_TRUE(c.failure);
}

TEST(RdmaEnds, AKilledProcessVanishes) {
  for (const bool crash : {false, true}) {
    RdmaHosts hosts;
    hosts.connect();
    hosts.a->send(1u << 20);
    hosts.b->send(1u << 20);
    hosts.world.at(at_time(1ms), [&] {
      if (crash)
        hosts.world.crash(hosts.right);
      else
        hosts.b->program().kill();
    });
    EXPECT_EQ(hosts.run([&] { return hosts.a->failure.has_value(); }), Outcome::reached);
    EXPECT_TRUE(says(hosts.a->failure, Errc::unreachable, "retry count exceeded")) << text_of(hosts.a->failure);
    EXPECT_FALSE(hosts.b->failure);
  }
}

TEST(RdmaEnds, AnAdapterThatGoesDownFailsItsPairsAndComesBack) {
  RdmaHosts hosts;
  std::vector<std::string> records;
  hosts.world.set_record_sink([&](const platform::Record& r) { records.emplace_back(r.name); });
  hosts.connect();
  hosts.a->send(1u << 20);
  hosts.world.at(at_time(1ms), [&] { hosts.world.set_rdma(hosts.left, false); });
  EXPECT_EQ(hosts.run([&] { return hosts.a->failure.has_value(); }), Outcome::reached);
  EXPECT_TRUE(says(hosts.a->failure, Errc::unreachable, "the RDMA adapter of 'left' is down"))
      << text_of(hosts.a->failure);
  EXPECT_EQ(hosts.a->failed_at, at_time(1ms));
  auto& p = hosts.a->program().process();
  const auto here = hosts.left.addresses().front().address;
  EXPECT_FALSE(p.has_rdma());
  EXPECT_EQ(p.queue_pair(here, {.exposed = Bytes(1), .own = Bytes(1)}, p.control()), nullptr);
  hosts.world.set_rdma(hosts.left, true);
  EXPECT_TRUE(p.has_rdma());
  EXPECT_EQ(records, (std::vector<std::string>{"world.rdma_down", "world.rdma_up"}));

  RdmaEnd c(hosts.world, hosts.left, "c"), d(hosts.world, hosts.right, "d");
  c.connect(d);
  d.connect(c);
  c.send(10);
  EXPECT_EQ(hosts.run([&] { return c.written == 10; }), Outcome::reached);
  EXPECT_TRUE(d.right_content);
}

TEST(RdmaEnds, APairThatFailedBeforeConnectSaysSoAfterIt) {
  RdmaHosts hosts;
  hosts.world.set_rdma(hosts.left, false);
  hosts.a->connect(*hosts.b);
  EXPECT_FALSE(hosts.a->failure);
  hosts.world.run_until(hosts.world.now() + 1ms);
  EXPECT_TRUE(says(hosts.a->failure, Errc::unreachable, "'left' is down")) << text_of(hosts.a->failure);
}

// Anybody may send to the port.
TEST(RdmaEnds, ForeignDatagramsAreDropped) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(1u << 20);
  auto& attacker = hosts.world.start(hosts.left, "attacker", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    Random random(1, "fuzz");
    for (int i = 0; i < 2000; ++i) {
      ByteVector bytes(random.below(100));
      for (auto& byte : bytes) byte = static_cast<std::byte>(random());
      if (bytes.size() > 8) bytes[5] = bytes[6] = std::byte{0xff};  // of no pair
      co_await socket.async_send(asio::buffer(bytes), hosts.world.endpoint(hosts.right, rdma::udp_port),
                                 asio::use_awaitable);
    }
  });
  EXPECT_EQ(hosts.run([&] { return hosts.a->written >= 500; }), Outcome::reached);
  EXPECT_TRUE(attacker.finished());
  EXPECT_FALSE(hosts.a->failure);
  EXPECT_TRUE(hosts.b->right_content && hosts.b->in_order);
}

}  // namespace
}  // namespace dwcp::sim
