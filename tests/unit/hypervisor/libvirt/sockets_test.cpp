#include "hypervisor/libvirt/sockets.hpp"

#include <gtest/gtest.h>

#include <boost/asio/basic_stream_socket.hpp>

#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/scope.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::libvirt {
namespace {

constexpr Duration patience = std::chrono::milliseconds(200);

class Sockets : public ::testing::Test {
 public:  // for coroutines that are lambdas
  const platform::native::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "qemu.socket";
  platform::native::NativePlatform platform{{.root = folder.path()}};

  std::string failure_of_connecting() {
    std::string failure;
    platform.run([](Sockets& self, std::string& out) -> Task<void> {
      try {
        co_await connect_socket(self.platform, self.path, patience);
      } catch (const Error& error) {
        if (error.code() == make_error_code(Errc::unreachable)) out = error.detail();
      }
    }(*this, failure));
    return failure;
  }
};

TEST_F(Sockets, AMissingOneIsNamed) {
  EXPECT_NE(failure_of_connecting().find("qemu.socket: No such file"), std::string::npos);
}

TEST_F(Sockets, OneWhoseOwnerDiedIsNamed) {
  {
    asio::io_context context;
    asio::basic_socket_acceptor<asio::local::stream_protocol> dead(
        context, asio::local::stream_protocol::endpoint(path.string()));
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_NE(failure_of_connecting().find("qemu.socket: Connection refused"), std::string::npos);
}

TEST_F(Sockets, OneThatComesWithinThePatienceIsTaken) {
  bool taken = false;
  platform.run([](Sockets& self, bool& out) -> Task<void> {
    platform::Scope scope(self.platform, self.platform.control());
    scope.spawn([](Sockets& mine) -> Task<void> {
      co_await platform::sleep_for(mine.platform, patience / 4);
      SocketListener listener(mine.platform, mine.path);
      co_await listener.accept();
    }(self));
    out = co_await connect_socket(self.platform, self.path, std::chrono::minutes(1)) != nullptr;
    co_await scope.join();
  }(*this, taken));
  EXPECT_TRUE(taken);
}

}  // namespace
}  // namespace dwcp::libvirt
