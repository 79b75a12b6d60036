#include "tests/lab/wan/tap.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dwcp::wan {
namespace {

constexpr int queue_length = 5000;  // frames that the kernel may hold for us
constexpr int send_buffer = 64 << 20;

Failure failed(const std::string& what) {
  return {Errc::bad_configuration, what + ": " + std::strerror(errno) + "; it needs root and /dev/net/tun"};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool bring_up(ifreq& request) {
  const Descriptor control(::socket(AF_INET, SOCK_DGRAM, 0));
  request.ifr_flags = 0;
  if (!control || ::ioctl(control.get(), SIOCGIFFLAGS, &request) < 0) return false;
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(control.get(), SIOCSIFFLAGS, &request) < 0) return false;
  request.ifr_qlen = queue_length;
  return ::ioctl(control.get(), SIOCSIFTXQLEN, &request) == 0;
}

}  // namespace

Result<Tap> Tap::create(const std::string& network_namespace, const std::string& device) {
  if (device.empty() || device.size() >= IFNAMSIZ)
    return Failure(Errc::bad_value, "device name \"" + device + "\": 1 to 15 characters");
  const std::string path = "/run/netns/" + network_namespace;
  const Descriptor home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const Descriptor other(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!home || !other || ::setns(other.get(), CLONE_NEWNET) < 0) return failed("entering namespace " + path);

  Descriptor tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request{};
  std::memcpy(request.ifr_name, device.c_str(), device.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  const bool made = tap && ::ioctl(tap.get(), TUNSETIFF, &request) == 0;
  const Failure why = failed("creating TAP " + device);
  const int buffer = send_buffer;
  const bool up = made && ::ioctl(tap.get(), TUNSETSNDBUF, &buffer) == 0 && bring_up(request);
  if (::setns(home.get(), CLONE_NEWNET) < 0) return failed("returning to the first namespace");
  if (!made) return why;
  if (!up) return failed("setting up " + device);
  return Tap(tap.release());
}

Tap::~Tap() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<Link::Frame> Tap::read() const {
  std::byte buffer[frame_max];
  const auto size = ::read(descriptor_, buffer, sizeof buffer);
  if (size <= 0) return {};
  return Link::Frame(buffer, buffer + size);
}

bool Tap::write(const Link::Frame& frame) const {
  return ::write(descriptor_, frame.data(), frame.size()) >= 0 || errno != EAGAIN;
}

}  // namespace dwcp::wan
