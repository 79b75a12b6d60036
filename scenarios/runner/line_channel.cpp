#include "scenarios/runner/line_channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dwcp::scenarios {

LineChannel::~LineChannel() {
  if (descriptor_ >= 0) close(descriptor_);
}

LineChannel::LineChannel(LineChannel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pending_(std::move(other.pending_)), ended_(other.ended_) {}

namespace {

// The descriptor may be in either mode: who waits on it through an event loop makes it non-blocking, for all its
// copies.
void wait_for(int descriptor, short event) {
  pollfd waiting{descriptor, event, 0};
  while (poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

bool is_only_not_now() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void LineChannel::send(const Json& message) {
  const std::string line = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const auto count = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count > 0)
      sent += static_cast<std::size_t>(count);
    else if (is_only_not_now())
      wait_for(descriptor_, POLLOUT);
    else
      return;
  }
}

bool LineChannel::read_more(bool wait) {
  char buffer[65536];
  for (;;) {
    const auto count = recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) {
      pending_.append(buffer, static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0 || !is_only_not_now()) {
      ended_ = true;
      return false;
    }
    if (!wait) return false;
    wait_for(descriptor_, POLLIN);
  }
}

std::optional<Json> LineChannel::next_line() {
  const std::size_t end = pending_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  Json message = Json::parse(pending_.substr(0, end), nullptr, false);
  pending_.erase(0, end + 1);
  if (message.is_discarded()) throw Error(Errc::internal, "a process of the run said something that is no JSON");
  return message;
}

std::vector<Json> LineChannel::take() {
  while (!ended_ && read_more(false)) {
  }
  std::vector<Json> messages;
  while (auto message = next_line()) messages.push_back(std::move(*message));
  return messages;
}

std::optional<Json> LineChannel::receive() {
  for (;;) {
    if (auto message = next_line()) return message;
    if (ended_ || !read_more(true)) return std::nullopt;
  }
}

}  // namespace dwcp::scenarios
