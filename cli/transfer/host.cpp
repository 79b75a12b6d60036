#include "cli/transfer/host.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <csignal>

namespace dwcp::cli {

void run_on(platform::native::NativePlatform& platform, Task<void> main) {
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  bool stopped = false;
  asio::signal_set signals(platform.control(), SIGINT, SIGTERM);
  signals.async_wait([&](const ErrorCode& error, int) {
    if (error) return;
    stopped = true;
    platform.stop();
  });
  try {
    platform.run(std::move(main));
  } catch (const boost::system::system_error& error) {
    if (stopped && error.code() == asio::error::operation_aborted) throw Error(Errc::cancelled, "stopped by its user");
    throw;
  }
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "unknown";
  return name.data();
}

Result<amst::CongestionControl> parse_congestion(const std::string& text) {
  if (text == "auto") return amst::CongestionControl::by_path;
  if (text == "default") return amst::CongestionControl::platform_default;
  if (text == "bbr") return amst::CongestionControl::bbr;
  if (text == "cubic") return amst::CongestionControl::cubic;
  return Failure(Errc::bad_value, "congestion control '" + text + "'; possible: auto, default, bbr, cubic");
}

}  // namespace dwcp::cli
