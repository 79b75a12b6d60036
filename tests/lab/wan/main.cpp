// dwcp_wan: joins two network namespaces by an emulated path, in user space. See README.md.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "tests/lab/wan/tap.hpp"

namespace dwcp::wan {
namespace {

constexpr int batch = 128;  // frames read from one side before the other gets its turn
volatile std::sig_atomic_t stop_requested = 0;
void request_stop(int) { stop_requested = 1; }

TimePoint now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return TimePoint(std::chrono::seconds(t.tv_sec) + Duration(t.tv_nsec));
}

struct Setup {
  std::string namespaces[2], devices[2] = {"wan0", "wan0"}, control;
  LinkOptions links[2];
  Duration lifetime = std::chrono::minutes(10);
  std::uint64_t seed = 1;
};

class Path {
 public:
  Path(const Setup& setup, Tap first, Tap second)
      : taps_{std::move(first), std::move(second)},
        links_{Link(setup.links[0], setup.seed), Link(setup.links[1], setup.seed + 1)},
        control_path_(setup.control),
        ends_(now() + setup.lifetime) {}

  bool open_control() {
    if (control_path_.empty()) return true;
    if (::mkfifo(control_path_.c_str(), 0600) < 0) return false;
    control_ = ::open(control_path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);  // for writing too: no end of file
    return control_ >= 0;
  }
  ~Path() {
    if (control_ >= 0) {
      ::close(control_);
      ::unlink(control_path_.c_str());
    }
  }

  void run() {
    while (!stop_requested && now() < ends_) {
      const TimePoint present = now();
      for (int side = 0; side < 2; ++side) forward(side, present);
      wait(std::min({links_[0].next_due(), links_[1].next_due(), ends_}));
    }
  }
  void print_counters() const {
    for (int side = 0; side < 2; ++side) {
      const auto& c = links_[side].counters();
      std::fprintf(stderr,
                   "{\"direction\":\"%s\",\"frames\":%lu,\"bytes\":%lu,\"lost\":%lu,\"overflowed\":%lu,\"cut\":%lu,"
                   "\"delivered\":%lu}\n",
                   side == 0 ? "forward" : "back", c.taken, c.bytes, c.lost, c.overflowed, c.cut, c.delivered);
    }
  }

 private:
  // Towards the side that is not `side`: link 0 carries what side 0 sends.
  void forward(int side, TimePoint present) {
    while (const auto* frame = links_[side].due(present)) {
      if (!taps_[1 - side].write(*frame)) return;
      links_[side].pop();
    }
  }
  void wait(TimePoint until) {
    const Duration left = std::clamp(until - now(), Duration(0), Duration(std::chrono::seconds(1)));
    const timespec timeout{0, std::min<long>(left.count(), 999'999'999)};
    pollfd waiting[3] = {{taps_[0].descriptor(), POLLIN, 0}, {taps_[1].descriptor(), POLLIN, 0}, {control_, POLLIN, 0}};
    if (::ppoll(waiting, 3, &timeout, nullptr) <= 0) return;
    for (int side = 0; side < 2; ++side)
      if (waiting[side].revents != 0)
        for (int i = 0; i < batch; ++i) {
          auto frame = taps_[side].read();
          if (!frame) break;
          links_[side].take(std::move(*frame), now());
        }
    if (waiting[2].revents != 0) read_control();
  }
  void read_control() {
    char text[512];
    const auto size = ::read(control_, text, sizeof text);
    if (size <= 0) return;
    std::string_view lines(text, static_cast<std::size_t>(size));
    while (!lines.empty()) {
      const auto end = lines.find('\n');
      obey(lines.substr(0, end));
      lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    }
  }
  // "cut", "restore", "stats", "set forward|back|both OPTIONS"; the first two may name a direction.
  void obey(std::string_view line) {
    const auto word = [&] {
      const auto end = line.find(' ');
      const auto w = line.substr(0, end);
      line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
      return w;
    };
    const auto command = word();
    if (command == "stats") return print_counters();
    const auto direction = word();
    for (int side = 0; side < 2; ++side) {
      if (direction != (side == 0 ? "forward" : "back") && direction != "both" && !direction.empty()) continue;
      if (command == "cut") links_[side].cut();
      if (command == "restore") links_[side].restore();
      if (command == "set") {
        LinkOptions options = links_[side].options();
        if (auto parsed = parse_link(line, options); !parsed)
          std::fprintf(stderr, "wan: %s\n", parsed.error().message().c_str());
        links_[side].set(options);
      }
    }
  }

  Tap taps_[2];
  Link links_[2];
  std::string control_path_;
  int control_ = -1;
  TimePoint ends_;
};

int run(int argc, char** argv) {
  Setup setup;
  std::string both, forward, back, lifetime;
  CLI::App app{"Joins two network namespaces by an emulated path"};
  app.add_option("from", setup.namespaces[0], "namespace of the first side, of /run/netns")->required();
  app.add_option("to", setup.namespaces[1], "namespace of the second side")->required();
  app.add_option("--device", setup.devices[0], "name of the TAP in both");
  app.add_option("--both", both, "delay=25ms,jitter=0ms,rate=100Mbit/s,queue=100ms,loss=0.1%,overhead=24");
  app.add_option("--forward", forward, "as --both, for what the first side sends");
  app.add_option("--back", back, "as --both, for what the second side sends");
  app.add_option("--control", setup.control, "FIFO to make; takes cut, restore, stats, set DIRECTION OPTIONS");
  app.add_option("--for", lifetime, "ends by itself after this time")->default_str("10min");
  app.add_option("--seed", setup.seed, "of the losses and the jitter");
  CLI11_PARSE(app, argc, argv);
  setup.devices[1] = setup.devices[0];

  const auto fail = [](const Failure& f) {
    std::fprintf(stderr, "wan: %s\n", f.message().c_str());
    return 2;
  };
  for (int side = 0; side < 2; ++side)
    for (const auto* text : {&both, side == 0 ? &forward : &back})
      if (auto parsed = parse_link(*text, setup.links[side]); !parsed) return fail(parsed.error());
  if (!lifetime.empty()) {
    auto parsed = parse_duration(lifetime);
    if (!parsed) return fail(parsed.error());
    setup.lifetime = *parsed;
  }
  auto first = Tap::create(setup.namespaces[0], setup.devices[0]);
  if (!first) return fail(first.error());
  auto second = Tap::create(setup.namespaces[1], setup.devices[1]);
  if (!second) return fail(second.error());

  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, request_stop);
  Path path(setup, std::move(*first), std::move(*second));
  if (!path.open_control()) return fail({Errc::bad_configuration, "control FIFO " + setup.control + " cannot be made"});
  std::fprintf(stderr, "wan ready\n");
  path.run();
  path.print_counters();
  return 0;
}

}  // namespace
}  // namespace dwcp::wan

int main(int argc, char** argv) { return dwcp::wan::run(argc, argv); }
