// Two nodes with a session between them over one or more links: the stage of the session tests. Chunks carry their
// number, so that each is seen to arrive exactly once.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "engine/amst/session.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/scope.hpp"
#include "engine/security/authority.hpp"
#include "sim/world.hpp"

namespace dwcp::amst::test {

using namespace std::chrono_literals;
using platform::Platform;

constexpr std::uint16_t port = 4700;
constexpr TimePoint at_time(Duration d) { return TimePoint(d); }

struct Stage {
  std::vector<sim::WireOptions> links{{.rate = BitRate(1'000'000'000), .delay = 50ms}};
  SessionConfig dialing{.congestion = CongestionControl::bbr};
  SessionConfig accepting{.congestion = CongestionControl::bbr};
  std::uint64_t seed = 1;
  std::shared_ptr<security::CredentialStore> left = {}, right = {};  // null: plain text
  bool left_bbr = true;                                              // offered by that host
  bool left_rdma = false, right_rdma = false;                        // what the hosts have
};

// Certificates of one authority for nodes of cluster "test", good from a world's first day on.
class TestCluster {
 public:
  explicit TestCluster(std::uint64_t seed = 1);
  std::shared_ptr<security::CredentialStore> node(const std::string& name, const std::string& cluster = "test",
                                                  Duration valid_for = 24h * 365) const;

 private:
  security::Entropy entropy_;
  security::Issued root_;
  security::Authority authority_;
};

struct Event {
  TimePoint time;
  std::string process;
  std::string name;
};

class TwoNodes {
 public:
  using Body = std::function<Task<void>(Platform&, std::shared_ptr<Session>)>;

  explicit TwoNodes(Stage stage = {});

  // What each side does with its session. The left side dials. The session lives until the body ends.
  void left(Body body) { left_body_ = std::move(body); }
  void right(Body body) { right_body_ = std::move(body); }
  void start();
  // Virtual time passes until both bodies ended; fails the test when one threw or `limit` came first.
  void finish(Duration limit = 600s);
  void run_for(Duration time) { world.run_until(world.now() + time); }

  std::size_t count(std::string_view record, std::string_view process = {}) const;
  std::optional<TimePoint> first(std::string_view record, std::string_view process = {}) const;

  sim::World world;
  sim::Machine& left_host;
  sim::Machine& right_host;
  std::vector<sim::Link*> links;
  sim::Program* left_program = nullptr;
  sim::Program* right_program = nullptr;
  std::shared_ptr<Session> left_session, right_session;  // while they live
  std::vector<Event> events;

 private:
  Stage stage_;
  Body left_body_, right_body_;
};

// A chunk of `size` bytes (>= 8) that says its number.
std::vector<Slice> numbered(std::uint64_t number, Bytes size);
// 0 when it is not what numbered() makes.
std::uint64_t number_of(const Delivery& delivery);

// Sends chunks 1..count, waits until all are acknowledged, closes.
TwoNodes::Body source(std::uint64_t count, Bytes size);

struct Sink {
  std::set<std::uint64_t> seen;
  std::uint64_t repeated = 0, damaged = 0;
  Bytes bytes{0};
  std::map<TimePoint, Bytes> arrivals;  // cumulative
  // Receives and releases until the session is closed.
  TwoNodes::Body body();
  // Payload bits per second between two times.
  double rate(TimePoint from, TimePoint to) const;
};

}  // namespace dwcp::amst::test
