// The control socket: who may use it, and what it outlives.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "engine/node/control_request.hpp"
#include "tests/unit/cli/agent/two_agents.hpp"

namespace dwcp::cli {
namespace {

using node::test::Json;
using testing::HasSubstr;

class ControlSocket : public TwoAgents {
 protected:
  void SetUp() override { start(); }

  struct Connection {
    int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    std::string pending = {};

    void send(const std::string& bytes) const { ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void end() const { ::shutdown(descriptor, SHUT_WR); }
    // Empty when the agent closed.
    std::string line() {
      for (;;) {
        if (const std::size_t at = pending.find('\n'); at != std::string::npos) {
          std::string first = pending.substr(0, at);
          pending.erase(0, at + 1);
          return first;
        }
        char buffer[4096];
        const ssize_t n = ::recv(descriptor, buffer, sizeof buffer, 0);
        if (n <= 0) return {};
        pending.append(buffer, static_cast<std::size_t>(n));
      }
    }
    ~Connection() { ::close(descriptor); }
  };
  std::unique_ptr<Connection> connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, socket().c_str());
    auto made = std::make_unique<Connection>();
    EXPECT_EQ(::connect(made->descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return made;
  }
};

TEST_F(ControlSocket, IsForItsOwnerAndGroup) {
  struct stat found {};
  ASSERT_EQ(::stat(socket().c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 07777, 0660u);
}

TEST_F(ControlSocket, AnswersAClientThatEndsItsSideFirst) {
  const auto client = connect();
  client->send("{\"dwcp\":1,\"id\":4,\"do\":\"status\"}\n{\"dwcp\":1,\"id\":5,\"do\":\"status\"}\n");
  client->end();
  EXPECT_EQ(Json::parse(client->line())["id"], 4);
  EXPECT_EQ(Json::parse(client->line())["id"], 5);
  EXPECT_EQ(client->line(), "");
}

TEST_F(ControlSocket, OutlivesNonsense) {
  {
    const auto client = connect();
    client->send("GET / HTTP/1.1\r\n\xff\xfe\n{\"dwcp\":1,\"do\":\"status\"}\n");
    EXPECT_THAT(client->line(), HasSubstr("no JSON object"));
    EXPECT_THAT(client->line(), HasSubstr("no JSON object"));
    EXPECT_TRUE(Json::parse(client->line())["ok"]);
  }
  {
    const auto client = connect();
    client->send(std::string(node::request_size_max + 1000, 'x'));
    EXPECT_THAT(client->line(), HasSubstr("without a line break"));
    EXPECT_EQ(client->line(), "");
  }
  const auto client = connect();
  client->send("{\"dwcp\":1,\"do\":\"status\"}\n");
  EXPECT_TRUE(Json::parse(client->line())["ok"]);
}

TEST_F(ControlSocket, HasRoomForSoManyClientsAndTellsTheNext) {
  std::vector<std::unique_ptr<Connection>> clients;
  for (std::size_t i = 0; i < ControlServer::clients_max; ++i) {
    clients.push_back(connect());
    clients.back()->send("{\"dwcp\":1,\"do\":\"status\"}\n");
    ASSERT_TRUE(Json::parse(clients.back()->line())["ok"]);
  }
  const auto more = connect();
  EXPECT_THAT(more->line(), HasSubstr("64 clients at once"));
  EXPECT_EQ(more->line(), "");
}

TEST_F(ControlSocket, IsNotTakenFromALivingAgent) {
  const std::string refused = a_.call<std::string>([this](node::Node& node) -> Task<std::string> {
    try {
      ControlServer second(node, socket(), "");
    } catch (const Error& error) {
      co_return error.detail();
    }
    co_return "none";
  });
  EXPECT_THAT(refused, HasSubstr("process id " + std::to_string(::getpid()) + " serves"));
}

}  // namespace
}  // namespace dwcp::cli
