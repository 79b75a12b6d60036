// The agent as a process of its own: signals, kills, and a second one in its place. Its hypervisor is a modelled one,
// which stands here in place of cli/agent/hypervisor_*.cpp.
#include <gmock/gmock.h>

#include "cli/agent/hypervisor.hpp"
#include "hypervisor/model/host.hpp"
#include "tests/unit/cli/agent/two_agents.hpp"

namespace dwcp::cli {

std::unique_ptr<migration::Hypervisor> connect_hypervisor(platform::native::NativePlatform& platform,
                                                          const LibvirtSection&) {
  auto* const host = new model::GuestHost({}, {}, node::test::world_time);  // the process ends before it does
  return host->attach(platform);
}

namespace {

using testing::HasSubstr;

// A child that lives as an agent.
class AgentProcess {
 public:
  AgentProcess(const Settings& settings, std::filesystem::path log) : log_(std::move(log)) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::dup2(file, STDERR_FILENO);
    run_agent(settings);
  }
  ~AgentProcess() { end(SIGKILL); }
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // The exit status; 128 + signal when it was killed.
  int end(int signal = 0) {
    if (pid_ <= 0) return -1;
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool says(const std::string& text) const {
    while (log().find(text) == std::string::npos) {
      siginfo_t info{};
      if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_)
        return log().find(text) != std::string::npos;
      ::usleep(2000);
    }
    return true;
  }
  std::string log() const {
    std::ifstream file(log_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  pid_t pid() const { return pid_; }

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
};

class AgentProcesses : public ::testing::Test {
 protected:
  AgentProcesses() {
    settings_.node.agent.node = NodeId("host-a");
    settings_.node.agent.listen.push_back({asio::ip::address_v4::loopback(), node::test::free_port()});
    settings_.state = folder_.path() / "state";
    settings_.socket = folder_.path() / "run" / "control.sock";
  }
  std::unique_ptr<AgentProcess> agent(const std::string& name) const {
    return std::make_unique<AgentProcess>(settings_, folder_.path() / (name + ".log"));
  }
  int status() const {
    return Process(folder_.path(), "status", {DWCP_PROGRAM, "status", "--socket", settings_.socket.string()}).wait();
  }

  platform::native::TemporaryFolder folder_;
  Settings settings_;
};

TEST_F(AgentProcesses, SigtermEndsItInOrder) {
  const auto living = agent("first");
  ASSERT_TRUE(living->says("agent.ready")) << living->log();
  EXPECT_EQ(status(), 0);
  EXPECT_EQ(living->end(SIGTERM), 0) << living->log();
  EXPECT_FALSE(std::filesystem::exists(settings_.socket));
  EXPECT_EQ(status(), 1);
}

TEST_F(AgentProcesses, ASecondOneIsRefusedAndToldWhoLives) {
  const auto living = agent("first");
  ASSERT_TRUE(living->says("agent.ready")) << living->log();
  const auto second = agent("second");
  EXPECT_EQ(second->end(), 2);
  EXPECT_THAT(second->log(), HasSubstr("in use by an agent with process id " + std::to_string(living->pid())));
  settings_.state = folder_.path() / "other";
  const auto third = agent("third");
  EXPECT_EQ(third->end(), 2);
  EXPECT_THAT(third->log(), HasSubstr("process id " + std::to_string(living->pid()) + " serves"));
  EXPECT_EQ(status(), 0);
}

TEST_F(AgentProcesses, AKilledOnesPlaceIsTaken) {
  const auto killed = agent("first");
  ASSERT_TRUE(killed->says("agent.ready")) << killed->log();
  EXPECT_EQ(killed->end(SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(settings_.socket));
  const auto next = agent("next");
  ASSERT_TRUE(next->says("agent.ready")) << next->log();
  EXPECT_EQ(status(), 0);
}

TEST_F(AgentProcesses, ATakenPortIsAnErrorAndNotASilence) {
  const auto living = agent("first");
  ASSERT_TRUE(living->says("agent.ready")) << living->log();
  settings_.state = folder_.path() / "other";
  settings_.socket = folder_.path() / "other.sock";
  const auto second = agent("second");
  EXPECT_EQ(second->end(), 1);
  EXPECT_THAT(second->log(), HasSubstr("Address already in use"));
  EXPECT_FALSE(std::filesystem::exists(settings_.socket));
}

}  // namespace
}  // namespace dwcp::cli
