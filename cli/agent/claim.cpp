#include "cli/agent/claim.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/base/error.hpp"

namespace dwcp::cli {
namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(Errc::storage_failed, what + ": " + std::strerror(error));
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) fail("folder " + folder.string(), error.value());
}

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

std::string pid_of_listener(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid == 0) return "unknown";
  return std::to_string(peer.pid);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  make_folder(folder);
  const std::string file = (folder / "agent.lock").string();
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(file, errno);
  std::array<char, 32> text{};
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const ssize_t size = ::pread(descriptor_, text.data(), text.size() - 1, 0);
    ::close(descriptor_);
    if (error != EWOULDBLOCK) fail(file, error);
    std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (pid.ends_with('\n')) pid.pop_back();
    throw Error(Errc::already_exists, "state folder " + folder.string() + " is in use by an agent with process id " +
                                          (pid.empty() ? "unknown" : pid));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    fail(file, errno);
}

FolderLock::~FolderLock() { ::close(descriptor_); }

void claim_socket_path(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path)
    throw Error(Errc::bad_configuration, "socket path '" + text + "' has " + std::to_string(text.size()) +
                                             " bytes; 1 to " + std::to_string(sizeof address.sun_path - 1) +
                                             " would be right");
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  make_folder(path.parent_path());

  struct stat found {};
  if (::lstat(text.c_str(), &found) != 0) {
    if (errno == ENOENT) return;
    fail(text, errno);
  }
  if (!S_ISSOCK(found.st_mode)) throw Error(Errc::already_exists, text + " is there, and is no socket");
  const Descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (probe.value < 0) fail("socket", errno);
  // A full line of waiting clients (EAGAIN) has somebody who lets them wait.
  if (::connect(probe.value, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
    throw Error(Errc::already_exists,
                "an agent with process id " + pid_of_listener(probe.value) + " serves " + text + " already");
  if (errno != ECONNREFUSED && errno != ENOENT) fail(text, errno);
  if (::unlink(text.c_str()) != 0 && errno != ENOENT) fail(text, errno);
}

}  // namespace dwcp::cli
