// kill -9 in the middle, on either side: it goes on where it was, and hardly anything crosses twice.
#include "tests/unit/cli/transfer/two_processes.hpp"

namespace dwcp::cli {
namespace {

constexpr std::size_t size = 96 << 20;
// Slow enough that the middle lasts.
const std::vector<std::string> slowly{"--json", "--rate", "400Mbit/s", "--codec", "none"};

class Kill : public TwoProcesses {};

TEST_F(Kill, TheSenderStartedAgainResendsLessThanAHundredth) {
  const std::string file = make_file("image", size);
  const auto receiving = receiver("receive", {"--once", "--json"});
  std::size_t before = 0;
  {
    const auto first = sender("first", {file}, slowly);
    ASSERT_TRUE(claims("image", 30, *first)) << first->diagnostics();
    first->kill_now();
  }
  // What counted as arrived: nothing more is claimed for a dead sender than what was under way.
  const auto second = sender("second", {file}, {"--json"});
  EXPECT_EQ(second->wait(), 0) << second->diagnostics();
  EXPECT_EQ(receiving->wait(), 0) << receiving->diagnostics();
  EXPECT_TRUE(same(file, into() / "image"));
  const auto report = json_of(*second);
  before = report["reused_bytes"].get<std::size_t>();
  EXPECT_GE(before, std::size_t{30} << 20);
  EXPECT_EQ(before + report["carried_bytes"].get<std::size_t>(), size);
  EXPECT_LT(report["resent_bytes"].get<std::size_t>(), size / 100);
  EXPECT_EQ(report["files"][0]["outcome"], "completed");
}

TEST_F(Kill, TheReceiverStartedAgainIsFoundByTheSender) {
  const std::string file = make_file("image", size);
  auto first = receiver("first", {"--json"});
  const auto sending = sender("send", {file}, slowly);
  ASSERT_TRUE(claims("image", 30, *sending)) << sending->diagnostics();
  first->kill_now();
  const auto second = receiver("second", {"--once", "--json"}, port_);
  EXPECT_EQ(sending->wait(), 0) << sending->diagnostics();
  EXPECT_EQ(second->wait(), 0) << second->diagnostics();
  EXPECT_TRUE(same(file, into() / "image"));
  const auto report = json_of(*sending);
  EXPECT_EQ(report["reconnects"], 1);
  EXPECT_LT(report["resent_bytes"].get<std::size_t>(), size / 100);
  EXPECT_GE(report["reused_bytes"].get<std::size_t>(), std::size_t{30} << 20);
  // Everything that crossed, over both sessions: no more than was on its way when the receiver died comes twice.
  EXPECT_LT(report["wire_bytes"].get<std::size_t>(), size + size / 6);
}

TEST_F(Kill, BothSidesAndTheFileIsTornBehindTheClaims) {
  const std::string file = make_file("image", size);
  {
    const auto receiving = receiver("receive1");
    const auto sending = sender("send1", {file}, slowly);
    ASSERT_TRUE(claims("image", 20, *sending)) << sending->diagnostics();
    sending->kill_now();
    receiving->kill_now();
  }
  {  // as if the machine had gone down with it: a claimed block never reached the disk
    std::fstream partial(into() / "image.partial", std::ios::in | std::ios::out | std::ios::binary);
    partial.seekp(5 << 20);
    partial << std::string(4096, '\0');
  }
  const auto receiving = receiver("receive2", {"--once"});
  const auto sending = sender("send2", {file}, {"--json"});
  EXPECT_EQ(sending->wait(), 0) << sending->diagnostics();
  EXPECT_EQ(receiving->wait(), 0) << receiving->diagnostics();
  EXPECT_TRUE(same(file, into() / "image"));
  EXPECT_GE(json_of(*sending)["reused_bytes"].get<std::size_t>(), std::size_t{19} << 20);
  EXPECT_FALSE(std::filesystem::exists(into() / "image.partial"));
  EXPECT_FALSE(std::filesystem::exists(into() / "image.partial-blocks"));
}

TEST_F(Kill, CtrlCTellsThePeerAndKeepsThePartialFile) {
  const std::string file = make_file("image", size);
  const auto receiving = receiver("receive");
  const auto sending = sender("send", {file}, slowly);
  ASSERT_TRUE(claims("image", 10, *sending)) << sending->diagnostics();
  sending->signal(SIGINT);
  EXPECT_EQ(sending->wait(), 105) << sending->diagnostics();
  EXPECT_TRUE(receiving->says("stopped by its user")) << receiving->diagnostics();
  EXPECT_TRUE(std::filesystem::exists(into() / "image.partial"));
  receiving->signal(SIGTERM);
  EXPECT_EQ(receiving->wait(), 105) << receiving->diagnostics();
}

}  // namespace
}  // namespace dwcp::cli
