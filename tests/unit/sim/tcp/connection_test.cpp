// Single connections in awkward situations: half-closed, refused, cut, not read from.
#include <gtest/gtest.h>
#include <ns3/boolean.h>
#include <ns3/data-rate.h>
#include <ns3/double.h>
#include <ns3/error-model.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-interface-container.h>
#include <ns3/net-device-container.h>
#include <ns3/node-container.h>
#include <ns3/packet.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/pointer.h>
#include <ns3/simulator.h>
#include <ns3/traffic-control-helper.h>
#include <ns3/uinteger.h>

#include "sim/tcp/clock.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t server_port = 7000;

// One connection of hosts 0 and 1 over 100 Mbit/s and 40 ms, whose link can lose everything for a while.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() : hosts_(2) {
    ns3::InternetStackHelper().Install(hosts_);
    ns3::PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", ns3::DataRateValue(ns3::DataRate("100Mbps")));
    link.SetChannelAttribute("Delay", ns3::TimeValue(ns3::MilliSeconds(20)));
    devices_ = link.Install(hosts_);
    for (std::uint32_t i = 0; i < 2; ++i) {
      errors_[i] = ns3::CreateObject<ns3::RateErrorModel>();
      errors_[i]->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
      set_loss(i, 0);
      devices_.Get(i)->SetAttribute("ReceiveErrorModel", ns3::PointerValue(errors_[i]));
    }
    address_ = ns3::Ipv4AddressHelper("10.1.0.0", "255.255.255.0").Assign(devices_).GetAddress(1);
    ns3::TrafficControlHelper().Uninstall(devices_);
    options_.mtu = Bytes(1500);
    options_.congestion = platform::CongestionControl::bbr;
  }
  ~ConnectionTest() override {
    client_ = server_ = listener_ = nullptr;
    hosts_ = {};
    devices_ = {};
    ns3::Simulator::Destroy();
  }

  // To host `to`.
  void set_loss(std::uint32_t to, double share) { errors_[to]->SetRate(share); }
  void at(Duration when, std::function<void()> what) { ns3::Simulator::Schedule(to_ns3(when), std::move(what)); }
  void run(Duration time) {
    ns3::Simulator::Stop(to_ns3(time));
    ns3::Simulator::Run();
  }

  void listen() {
    listener_ = make_tcp_socket(hosts_.Get(1), options_);
    listener_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), server_port));
    listener_->Listen();
    listener_->SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
                                 ns3::MakeCallback(&ConnectionTest::accepted, this));
  }
  void connect() {
    client_ = make_tcp_socket(hosts_.Get(0), options_);
    client_->SetConnectCallback(ns3::MakeCallback(&ConnectionTest::connected, this),
                                ns3::MakeCallback(&ConnectionTest::failed, this));
    client_->SetCloseCallbacks(ns3::MakeCallback(&ConnectionTest::client_closed, this),
                               ns3::MakeCallback(&ConnectionTest::client_broken, this));
    client_->SetSendCallback(ns3::MakeCallback(&ConnectionTest::writable, this));
    client_->Connect(ns3::InetSocketAddress(address_, server_port));
  }
  void read(ns3::Ptr<ns3::Socket> socket) {
    if (!reading_) return;
    while (auto packet = socket->Recv()) {
      if (packet->GetSize() == 0) break;
      received_ += Bytes(packet->GetSize());
      last_received_at_ = sim_now() - TimePoint{};
    }
  }

  void accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address&) {
    server_ = socket;
    socket->SetRecvCallback(ns3::MakeCallback(&ConnectionTest::read, this));
    socket->SetCloseCallbacks(ns3::MakeCallback(&ConnectionTest::server_closed, this),
                              ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
  }
  void connected(ns3::Ptr<ns3::Socket>) {
    connected_ = true;
    fill();
  }
  void failed(ns3::Ptr<ns3::Socket>) { failed_at_ = sim_now() - TimePoint{}; }
  void client_closed(ns3::Ptr<ns3::Socket>) { client_closed_ = true; }
  void client_broken(ns3::Ptr<ns3::Socket>) { broken_at_ = sim_now() - TimePoint{}; }
  void server_closed(ns3::Ptr<ns3::Socket>) { server_closed_at_ = sim_now() - TimePoint{}; }
  void writable(ns3::Ptr<ns3::Socket>, std::uint32_t) { fill(); }
  void fill() {
    while (connected_ && sent_ < to_send_) {
      const auto size = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(client_->GetTxAvailable(), std::min<std::uint64_t>(65536, (to_send_ - sent_).value)));
      if (size == 0 || client_->Send(ns3::Create<ns3::Packet>(size)) < 0) return;
      sent_ += Bytes(size);
      if (sent_ == to_send_) client_->ShutdownSend();
    }
  }

  ns3::NodeContainer hosts_;
  ns3::NetDeviceContainer devices_;
  ns3::Ptr<ns3::RateErrorModel> errors_[2];
  ns3::Ipv4Address address_;
  TcpOptions options_;
  ns3::Ptr<ns3::Socket> listener_, client_, server_;
  Bytes to_send_, sent_, received_;
  bool connected_ = false, client_closed_ = false, reading_ = true;
  Duration failed_at_{-1}, broken_at_{-1}, server_closed_at_{-1}, last_received_at_{0};
};

// ns-3's socket never sends its FIN when all data was in flight at ShutdownSend().
TEST_F(ConnectionTest, TheReceiverSeesTheEndAfterAllData) {
  to_send_ = KiB(100);
  listen();
  connect();
  run(seconds(5));
  EXPECT_EQ(received_, to_send_);
  EXPECT_GE(server_closed_at_, last_received_at_);
  EXPECT_LT(server_closed_at_, milliseconds(400));
}

TEST_F(ConnectionTest, TheEndArrivesUnderHeavyLossToo) {
  to_send_ = KiB(300);
  set_loss(0, 0.2);
  set_loss(1, 0.2);
  listen();
  connect();
  run(seconds(120));
  EXPECT_EQ(received_, to_send_);
  EXPECT_GE(server_closed_at_, Duration(0));
}

// The side that closes last still has data in flight: nothing of it may be forgotten.
TEST_F(ConnectionTest, TheAnswerAfterAHalfCloseIsComplete) {
  listen();
  connect();
  Bytes answer;
  at(milliseconds(200), [&] { client_->ShutdownSend(); });
  at(milliseconds(400), [&] {
    ASSERT_TRUE(server_);
    set_loss(0, 0.1);
    client_->SetRecvCallback(ns3::Callback<void, ns3::Ptr<ns3::Socket>>([&](ns3::Ptr<ns3::Socket> s) {
      while (auto packet = s->Recv()) {
        if (packet->GetSize() == 0) break;
        answer += Bytes(packet->GetSize());
      }
    }));
    EXPECT_EQ(server_->Send(ns3::Create<ns3::Packet>(200'000u)), 200'000);
    server_->Close();
  });
  run(seconds(60));
  EXPECT_EQ(answer, Bytes(200'000));
}

// Nothing follows the last segments that could tell of their loss: a probe does, well before the timeout.
TEST_F(ConnectionTest, ALostTailIsProbedFor) {
  options_.congestion = platform::CongestionControl::cubic;  // sends its first window at once
  to_send_ = Bytes(10'000);
  listen();
  connect();
  at(std::chrono::microseconds(60'600), [&] {
    EXPECT_GT(received_, Bytes(0));
    EXPECT_LT(received_, to_send_);
    set_loss(1, 1);
  });
  at(milliseconds(65), [&] { set_loss(1, 0); });
  run(seconds(5));
  EXPECT_EQ(received_, to_send_);
  EXPECT_GT(last_received_at_, milliseconds(120));  // it was lost
  EXPECT_LT(last_received_at_, milliseconds(280));  // the timeout would be at 320 ms
}

// Both sides end in order, whatever is lost on the way: no timer is left that would try for ever.
TEST_F(ConnectionTest, AClosedConnectionComesToRest) {
  to_send_ = KiB(300);
  set_loss(0, 0.2);
  set_loss(1, 0.2);
  listen();
  connect();
  at(seconds(20), [&] {
    ASSERT_GE(server_closed_at_, Duration(0));
    server_->Close();
  });
  ns3::Simulator::Run();
  EXPECT_EQ(received_, to_send_);
  EXPECT_EQ(broken_at_, Duration(-1));
  EXPECT_LT(sim_now() - TimePoint{}, seconds(120));  // with the 60 s in which late packets are still recognized
}

// ns-3's socket ignores RST+ACK and tries on until its last SYN.
TEST_F(ConnectionTest, ARefusedConnectionFailsAtOnce) {
  connect();
  run(seconds(30));
  EXPECT_GE(failed_at_, milliseconds(40));
  EXPECT_LT(failed_at_, milliseconds(60));
}

TEST_F(ConnectionTest, AnUnreachablePeerIsGivenUp) {
  set_loss(1, 1);
  connect();
  run(seconds(300));
  EXPECT_GT(failed_at_, seconds(10));
  EXPECT_LT(failed_at_, seconds(200));
}

TEST_F(ConnectionTest, ATenSecondCutIsSurvived) {
  to_send_ = MiB(20);
  listen();
  connect();
  platform::PathSample before;
  at(milliseconds(800), [&] {
    before = path_sample(client_);
    set_loss(0, 1);
    set_loss(1, 1);
  });
  at(milliseconds(10'800), [&] { set_loss(0, 0), set_loss(1, 0); });
  run(seconds(60));
  EXPECT_EQ(received_, to_send_);
  EXPECT_LT(last_received_at_, seconds(30));  // the last back-off before the path came back is below 16 s
  // Little more than the window that was still sent into the cut.
  const auto resent = path_sample(client_).segments_retransmitted - before.segments_retransmitted;
  EXPECT_LT(resent, before.congestion_window.value / 1448 * 5 / 4);
}

TEST_F(ConnectionTest, APeerThatVanishedBreaksTheConnection) {
  options_.data_retries = 5;
  to_send_ = MiB(20);
  listen();
  connect();
  at(milliseconds(500), [&] { set_loss(0, 1), set_loss(1, 1); });
  run(seconds(120));
  EXPECT_GT(broken_at_, seconds(5));
  EXPECT_LT(broken_at_, seconds(30));
}

// The receiver's window closes and opens; ns-3's receiver would not tell.
TEST_F(ConnectionTest, APausedReaderGoesOnWithoutAStall) {
  options_.receive_buffer = KiB(512);
  to_send_ = MiB(8);
  reading_ = false;
  listen();
  connect();
  at(seconds(5), [&] {
    EXPECT_EQ(received_, Bytes(0));
    EXPECT_LE(path_sample(client_).unacknowledged, KiB(64));
    reading_ = true;
    read(server_);
  });
  run(seconds(20));
  EXPECT_EQ(received_, to_send_);
  EXPECT_LT(last_received_at_, seconds(8));
}

TEST_F(ConnectionTest, TheSampleSpeaksOfThePath) {
  to_send_ = MiB(20);
  listen();
  connect();
  platform::PathSample sample;
  at(milliseconds(1500), [&] { sample = path_sample(client_); });
  run(seconds(10));
  EXPECT_EQ(sample.congestion, platform::CongestionControl::bbr);
  EXPECT_NEAR(to_seconds(sample.rtt_min), 0.040, 0.002);
  EXPECT_GT(sample.delivery_rate, BitRate(50'000'000));  // of one acknowledgement: it varies
  EXPECT_LT(sample.delivery_rate, BitRate(101'000'000));
  EXPECT_LE(sample.unsent, KiB(256));
  EXPECT_GT(sample.unacknowledged, KiB(300));
}

TEST_F(ConnectionTest, OptionsOutsideTheirRangeAreNamed) {
  options_.mtu = Bytes(100);
  EXPECT_THROW(make_tcp_socket(hosts_.Get(0), options_), Error);
}

}  // namespace
}  // namespace dwcp::sim
