#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

#include "scenarios/runner/line_channel.hpp"
#include "scenarios/runner/live.hpp"
#include "scenarios/runner/live_report.hpp"

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(LiveReport, ComesBackAsItWent) {
  migration::Report r;
  r.vm = VmId("v");
  r.outcome = migration::Outcome::undecided;
  r.reason = "because";
  r.total_time = 1s;
  r.downtime = 2ms;
  r.rounds = 3;
  r.throttle_percent_max = 4;
  r.forced_stop = true;
  r.security = "TLSv1.3";
  r.bytes_guest = Bytes(5);
  r.bytes_wire = Bytes(6);
  r.bytes_resent = Bytes(7);
  r.transfer_time = 8ms;
  r.bytes_acknowledged = Bytes(9);
  r.window_peak = Bytes(10);
  r.downtime_predicted = 11ms;
  r.classes.overhead = Bytes(12);
  r.classes[hde::PageClass::delta] = {13, Bytes(14), Bytes(15)};
  const Json json = to_json(r);
  EXPECT_EQ(to_json(report_from(json)), json);
  EXPECT_EQ(report_from(json).outcome, migration::Outcome::undecided);
  EXPECT_EQ(report_from(json).classes[hde::PageClass::delta].out, Bytes(15));
}

TEST(LiveReport, ProgressComesBackWithWhatTheTimeLineShows) {
  migration::Progress p;
  p.vm = VmId("v");
  p.round = 1;
  p.sent = Bytes(2);
  p.remaining = Bytes(3);
  p.wire = Bytes(4);
  p.goodput = BitRate(5);
  p.dirty_rate = BitRate(6);
  p.link = BitRate(7);
  p.rtt = 8ms;
  p.downtime_predicted = 9ms;
  p.throttle_percent = 10;
  amst::StreamInfo stream;
  stream.index = 11;
  stream.connected = true;
  stream.joined = 12;
  stream.sent = Bytes(13);
  stream.path.rtt_smoothed = 14ms;
  stream.path.segments_sent = 16;
  stream.path.segments_retransmitted = 15;
  p.streams = {stream};
  const Json json = to_json(p);
  const migration::Progress back = progress_from(json);
  EXPECT_EQ(to_json(back), json);
  EXPECT_EQ(back.link, BitRate(7));
  EXPECT_EQ(back.streams.at(0).path.segments_sent, 16u);
  EXPECT_EQ(back.streams.at(0).path.rtt_smoothed, 14ms);
}

TEST(LineChannel, CarriesMessagesWholeAndSeesTheEnd) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  LineChannel a(ends[0]);
  {
    LineChannel b(ends[1]);
    EXPECT_TRUE(a.take().empty());
    b.send({{"text", "with\nline breaks\n"}});
    b.send({{"number", 2}});
    EXPECT_EQ(a.receive()->at("text"), "with\nline breaks\n");
    const auto rest = a.take();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].at("number"), 2);
    EXPECT_FALSE(a.ended());
  }
  EXPECT_FALSE(a.receive());
  EXPECT_TRUE(a.ended());
  a.send({{"to", "nobody"}});  // no signal, no exception
}

// An event loop that waits on a copy of the descriptor makes it non-blocking for everybody.
TEST(LineChannel, LosesNothingWhenItsDescriptorDoesNotBlock) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  LineChannel a(ends[0]), b(ends[1]);
  const std::string large(1 << 20, 'x');  // more than the socket holds
  std::jthread sender([&] {
    a.send({{"text", large}});
    a.send({{"number", 2}});
  });
  EXPECT_EQ(b.receive()->at("text"), large);
  EXPECT_EQ(b.receive()->at("number"), 2);
}

TEST(Live, RefusesFaultsThatItCannotMake) {
  Scenario s;
  Fault kill, cut;
  kill.kill = ProcessFault{"a", 1s};
  s.faults = {kill};
  EXPECT_NO_THROW(check_live(s));
  cut.cut = CutFault{"l", 1s};
  s.faults = {kill, cut};
  EXPECT_THROW(check_live(s), Error);
  s.faults = {kill};
  s.topology.hosts["a"].rdma = true;
  EXPECT_THROW(check_live(s), Error);
}

}  // namespace
}  // namespace dwcp::scenarios
