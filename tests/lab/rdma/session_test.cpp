// Sessions whose data goes by RDMA between two real devices, and what becomes of them when it does no more.
#include "tests/lab/rdma/two_sides.hpp"

namespace dwcp::amst::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Session, AmstRdma, ::testing::Bool(),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

TEST_P(AmstRdma, CarriesEveryChunkOnce) {
  run([&]() -> Task<void> {
    co_await open();
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount());
    EXPECT_TRUE(all_by(Carrier::rdma));
    co_await finish();
    EXPECT_EQ(stats_.rdma_failures, 0u) << ::testing::PrintToString(reasons_);
    EXPECT_EQ(stats_.streams_lost, 0u);
    EXPECT_EQ(stats_.bytes_resent, Bytes(0));
  });
}

// RoCE v2 is dropped on the way, and TCP goes on: loudly, within the session, and back when the way is.
TEST_P(AmstRdma, WhenRdmaBreaksTcpCarriesOn) {
  config_.rdma_retry = 3s;
  run([&]() -> Task<void> {
    co_await open();
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 4);
    EXPECT_TRUE(all_by(Carrier::rdma));
    co_await tell("rdma off");
    co_await send_while([&] { return !all_by(Carrier::tcp); });
    EXPECT_GT(left_->stats().rdma_failures, 0u);
    EXPECT_GT(said("amst.rdma_failed", "right"), 0u);
    co_await send(amount() / 4);
    co_await tell("rdma on");
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 4);
    co_await finish();
    EXPECT_GT(peer_stats_.rdma_failures, 0u);
    EXPECT_GT(said("amst.rdma_failed", "left"), 0u);
  });
}

// One of the queue pairs goes into the error state under load, first the dialing side's, then the other's: its stream
// goes on by TCP, the others as they did, and it comes back.
TEST_P(AmstRdma, AQueuePairThatFailsLeavesItsStreamToTcp) {
  config_.rdma_retry = 2s;
  run([&]() -> Task<void> {
    co_await open();
    for (const char* side : {"left", "right"}) {
      co_await send_while([&] { return !all_by(Carrier::rdma); });
      co_await send(amount() / 16);
      EXPECT_TRUE(all_by(Carrier::rdma));
      const std::size_t said_before = said("amst.rdma_failed", "right");
      co_await break_one(side);
      co_await send_while([&] { return count_by(Carrier::tcp) == 0; });
      EXPECT_GT(said("amst.rdma_failed", "right"), said_before);
      EXPECT_EQ(count_by(Carrier::rdma), streams - 1);
      co_await send(amount() / 16);
    }
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 16);
    co_await finish();
    EXPECT_EQ(stats_.streams_lost, 2u);
    EXPECT_EQ(stats_.rdma_failures, 2u);
    EXPECT_EQ(stats_.suspensions, 0u);
    EXPECT_GT(said("amst.rdma_failed", "left"), 0u);
    for (const char* device : {"device rxe0, ", "device rxe1, "})
      EXPECT_THAT(reasons_, ::testing::Contains(::testing::AllOf(::testing::HasSubstr(device),
                                                                 ::testing::HasSubstr("Work Request Flushed Error"))));
  });
}

// One of two devices loses its port, and the link with it.
TEST_P(AmstRdma, SurvivesALinkThatGoesDown) {
  config_.rdma_retry = 2s;
  run([&]() -> Task<void> {
    co_await open();
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 8);
    co_await tell("down");
    co_await send_while([&] { return said("amst.rdma_failed", "right") == 0; });
    co_await tell("up");
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 8);
    co_await finish();
    EXPECT_GT(stats_.rdma_failures, 0u);
  });
}

// The hosts do RDMA, but not at the addresses of this session: nothing has failed.
class AmstRdmaElsewhere : public AmstRdma {
 protected:
  void expect_quiet_tcp(const char* address) {
    run([this, address]() -> Task<void> {
      co_await open(address);
      co_await send_while([this] { return !all_by(Carrier::tcp); });
      co_await send(amount() / 4);
      EXPECT_TRUE(all_by(Carrier::tcp));
      co_await finish();
      EXPECT_EQ(stats_.rdma_failures + peer_stats_.rdma_failures, 0u);
      EXPECT_EQ(said("amst.rdma_failed", "left") + said("amst.rdma_failed", "right"), 0u);
      EXPECT_EQ(stats_.streams_lost, 0u);
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Session, AmstRdmaElsewhere, ::testing::Bool(),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

TEST_P(AmstRdmaElsewhere, TheAcceptingSideHasNoDeviceThere) { expect_quiet_tcp(address_without_device); }
TEST_P(AmstRdmaElsewhere, NeitherSideHasADeviceThere) { expect_quiet_tcp(loopback); }

TEST_P(AmstRdma, ChangesOverToTcpAndBackUnderLoad) {
  run([&]() -> Task<void> {
    co_await open();
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 4);
    left_->set_rdma(false);
    co_await send_while([&] { return !all_by(Carrier::tcp); });
    co_await send(amount() / 4);
    EXPECT_TRUE(all_by(Carrier::tcp));
    left_->set_rdma(true);
    co_await send_while([&] { return !all_by(Carrier::rdma); });
    co_await send(amount() / 4);
    co_await finish();
    EXPECT_EQ(stats_.bytes_resent, Bytes(0));
    EXPECT_EQ(stats_.streams_lost, 0u);
    EXPECT_EQ(stats_.rdma_failures, 0u) << ::testing::PrintToString(reasons_);
  });
}

}  // namespace
}  // namespace dwcp::amst::test
