// What can go wrong, and how the two programs say so.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/unit/cli/transfer/two_processes.hpp"

namespace dwcp::cli {
namespace {

class TransferPrograms : public TwoProcesses {
 protected:
  // Sends raw bytes to the receiver's port.
  void speak(const std::string& bytes) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::close(fd);
  }
};

TEST_F(TransferPrograms, SeveralFilesArriveAndResultsAreOnStandardOutput) {
  const std::string a = make_file("a.img", 3'000'000), b = make_file("b.img", 1), c = make_file("c.img", 0);
  const auto receiving = receiver("receive", {"--once"});
  const auto sending = sender("send", {a, b, c});
  EXPECT_EQ(sending->wait(), 0) << sending->diagnostics();
  EXPECT_EQ(receiving->wait(), 0) << receiving->diagnostics();
  for (const std::string& file : {a, b, c})
    EXPECT_TRUE(same(file, into() / std::filesystem::path(file).filename())) << file;
  EXPECT_NE(sending->output().find("stored     'a.img'"), std::string::npos) << sending->output();
  EXPECT_NE(sending->diagnostics().find("100 %"), std::string::npos) << sending->diagnostics();
}

TEST_F(TransferPrograms, AReceiverOutlivesNonsense) {
  const auto receiving = receiver("receive", {"--once"});
  speak("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  speak(std::string(100'000, '\xff'));
  speak("");
  const std::string a = make_file("a", 100'000);
  const auto sending = sender("send", {a});
  EXPECT_EQ(sending->wait(), 0) << sending->diagnostics();
  EXPECT_EQ(receiving->wait(), 0) << receiving->diagnostics();
  EXPECT_TRUE(same(a, into() / "a"));
}

TEST_F(TransferPrograms, AServerOfAnotherKindIsNotMistaken) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(fd, 16), 0);
  socklen_t length = sizeof at;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length);
  port_ = ntohs(at.sin_port);
  const pid_t server = fork();
  if (server == 0) {
    for (;;) {
      const int peer = ::accept(fd, nullptr, nullptr);
      const std::string banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + std::string(4000, 'x');
      ::send(peer, banner.data(), banner.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  const auto sending = sender("send", {make_file("a", 1000)}, {"--connect-timeout", "1s"});
  const int status = sending->wait();
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  ::close(fd);
  EXPECT_EQ(status, 1);
  EXPECT_NE(sending->diagnostics().find("dwcp: "), std::string::npos) << sending->diagnostics();
}

TEST_F(TransferPrograms, AFullDiskIsSaidOnBothSidesAndNothingIsLost) {
  // The receiver in a mount namespace of its own, whose --into is a file system of 8 MiB.
  const std::string mount = "mount -t tmpfs -o size=8m none '" + into().string() + "'";
  const std::string probe = "unshare --mount --map-root-user sh -c \"" + mount + "\" 2>/dev/null";
  if (std::system(probe.c_str()) != 0) GTEST_SKIP() << "no mount namespaces here";
  const std::string setup = mount + " && echo precious > '" + into().string() + "/other' && exec \"$@\"";
  const auto receiving = receiver("receive", {}, 0, {"unshare", "--mount", "--map-root-user", "sh", "-c", setup, "sh"});
  const std::string file = make_file("image", 40 << 20);
  const auto sending = sender("send", {file}, {"--json"});
  EXPECT_EQ(sending->wait(), 1);
  const auto report = json_of(*sending);
  EXPECT_EQ(report["ok"], false);
  const std::string error = report["error"].get<std::string>();
  EXPECT_NE(error.find("storage full"), std::string::npos) << error;
  EXPECT_NE(error.find("image.partial"), std::string::npos) << error;
  EXPECT_TRUE(receiving->says("storage full")) << receiving->diagnostics();
  EXPECT_FALSE(receiving->ended());  // it serves on
}

TEST_F(TransferPrograms, UsageErrorsAreNamed) {
  const struct {
    std::vector<std::string> files;
    std::string expected;
  } cases[] = {{{"/no/such/file"}, "/no/such/file"}, {{"/"}, "neither a file nor a block device"}, {{}, "ADDR:PORT"}};
  port_ = 1;
  for (const auto& c : cases) {
    const auto sending = sender("send", c.files);
    EXPECT_EQ(sending->wait(), 2);
    EXPECT_NE(sending->diagnostics().find(c.expected), std::string::npos) << sending->diagnostics();
  }
}

TEST_F(TransferPrograms, NobodyListensIsSaidWithTheAddress) {
  port_ = 1;
  const auto sending = sender("send", {make_file("a", 10)}, {"--connect-timeout", "300ms"});
  EXPECT_EQ(sending->wait(), 1);
  EXPECT_NE(sending->diagnostics().find("127.0.0.1:1"), std::string::npos) << sending->diagnostics();
  EXPECT_EQ(sending->diagnostics().find(".hpp"), std::string::npos) << sending->diagnostics();
}

TEST_F(TransferPrograms, AnExistingFileIsKeptAndTheStatusSaysSo) {
  const std::string a = make_file("a", 100'000);
  std::ofstream(into() / "a") << "mine";
  const auto receiving = receiver("receive", {"--once"});
  const auto sending = sender("send", {a});
  EXPECT_NE(sending->wait(), 0);
  EXPECT_NE(sending->diagnostics().find("--force"), std::string::npos) << sending->diagnostics();
  EXPECT_EQ(std::filesystem::file_size(into() / "a"), 4U);
  EXPECT_NE(receiving->wait(), 0);
}

TEST_F(TransferPrograms, WhoIsThereIsToldAndPlainTextMustBeAskedFor) {
  const std::string a = make_file("a", 100'000);
  const auto receiving = receiver("receive");
  const auto plain = sender("plain", {a}, {"--plain-text", "--connect-timeout", "2s"});
  EXPECT_EQ(plain->wait(), 1);
  const auto nobody = std::make_unique<Process>(
      folder_, "nobody", std::vector<std::string>{DWCP_PROGRAM, "send", a, "127.0.0.1:1", "--pki", pki("nobody")});
  EXPECT_EQ(nobody->wait(), 2);
  EXPECT_NE(nobody->diagnostics().find("dwcp pki makes certificates"), std::string::npos) << nobody->diagnostics();
  const auto sending = sender("send", {a}, {"--json"});
  EXPECT_EQ(sending->wait(), 0) << sending->diagnostics();
  EXPECT_EQ(json_of(*sending)["security"].get<std::string>().rfind("TLSv1.3, X25519", 0), 0u) << sending->output();
  EXPECT_FALSE(json_of(*sending)["congestion"]["control"].get<std::string>().empty()) << sending->output();
  EXPECT_EQ(json_of(*sending)["congestion"]["trials"], 0);
}

TEST_F(TransferPrograms, CertificatesAreShown) {
  Process show(folder_, "show", {DWCP_PROGRAM, "pki", "show", pki("sender"), "--json"});
  ASSERT_EQ(show.wait(), 0) << show.diagnostics();
  const auto list = json_of(show);
  ASSERT_EQ(list.size(), 2u) << show.output();  // the authority's, and its own
  EXPECT_TRUE(list[0]["authority"]);
  EXPECT_EQ(list[1]["name"], "dwcp://default/sender");
  EXPECT_GE(list[1]["days_left"], 364);
  Process again(folder_, "again", {DWCP_PROGRAM, "pki", "issue", "sender", "--folder", pki("")});
  EXPECT_EQ(again.wait(), 2);
  EXPECT_NE(again.diagnostics().find("--replace writes over it"), std::string::npos) << again.diagnostics();
  EXPECT_EQ(std::filesystem::status(pki("sender") + "/node.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace dwcp::cli
