#include "cli/agent/claim.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::cli {
namespace {

using testing::HasSubstr;

class Claim : public ::testing::Test {
 protected:
  template <class F>
  static std::string refusal(F claim) {
    try {
      claim();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::already_exists));
      return error.detail();
    }
    return "none";
  }
  int listen() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(descriptor, 1), 0);
    return descriptor;
  }
  std::filesystem::path path() const { return folder_.path() / "control.sock"; }
  std::string pid() const { return std::to_string(::getpid()); }

  platform::native::TemporaryFolder folder_;
};

TEST_F(Claim, AFolderBelongsToOneAgentAtATime) {
  {
    const FolderLock first(folder_.path() / "made");
    EXPECT_THAT(refusal([&] { FolderLock second(folder_.path() / "made"); }), HasSubstr("process id " + pid()));
  }
  EXPECT_EQ(refusal([&] { FolderLock next(folder_.path() / "made"); }), "none");
}

TEST_F(Claim, ALivingAgentsSocketIsRefusedAndADeadOnesReplaced) {
  claim_socket_path(path());
  const int living = listen();
  EXPECT_THAT(refusal([&] { claim_socket_path(path()); }), HasSubstr("process id " + pid() + " serves "));
  EXPECT_TRUE(std::filesystem::exists(path()));
  ::close(living);
  EXPECT_EQ(refusal([&] { claim_socket_path(path()); }), "none");
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(Claim, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_THAT(refusal([&] { claim_socket_path(path()); }), HasSubstr("is there, and is no socket"));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(Claim, APathThatIsTooLongIsSaidToBe) {
  EXPECT_THROW(claim_socket_path(folder_.path() / std::string(120, 'x')), Error);
}

}  // namespace
}  // namespace dwcp::cli
