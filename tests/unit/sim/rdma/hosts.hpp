// Two hosts with RDMA adapters, one link, and a process with a queue pair on each: what the tests of queue pairs need.
#pragma once

#include <optional>

#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {

constexpr BitRate ten_gigabits{10'000'000'000};

// A process with one queue pair that it sends through and receives by, write after write, each with its number as
// immediate and a content that follows from the number.
class RdmaEnd {
 public:
  struct Options {
    std::size_t length = 64 << 10;
    unsigned slots = 16;  // writes under way, each from and to a place of its own
    bool check_content = true;
    unsigned arrivals_max = 64;
  };

  RdmaEnd(World& world, Machine& machine, const std::string& name) : RdmaEnd(world, machine, name, Options{}) {}
  RdmaEnd(World& world, Machine& machine, const std::string& name, const Options& options)
      : options_(options),
        world_(world),
        program_(world.start(machine, name, [](Platform& p) -> Task<void> { co_await platform::sleep_for(p, 1h); })) {
    const Bytes memory(options.length * options.slots);
    auto& process = program_.process();
    pair = process.queue_pair(
        machine.addresses().front().address,
        {.exposed = memory, .own = memory, .writes_max = options.slots, .arrivals_max = options.arrivals_max},
        process.control());
  }

  platform::QueuePair::Events events() {
    return {.written =
                [this] {
                  ++written;
                  finished_at = world_.now();
                  if (on_written) on_written();
                  fill();
                },
            .arrived = [this](std::uint32_t immediate) { take(immediate); },
            .failed =
                [this](Failure f) {
                  EXPECT_FALSE(failure);
                  failure = std::move(f);
                  failed_at = world_.now();
                }};
  }
  void connect(const RdmaEnd& peer) { pair->connect(peer.pair->address(), events()); }
  // So many writes more, as fast as they go.
  void send(std::uint64_t count) {
    to_send_ += count;
    fill();
  }

  Program& program() { return program_; }

  std::shared_ptr<platform::QueuePair> pair;
  std::uint64_t posted = 0, written = 0, arrived = 0;
  bool in_order = true, right_content = true;
  std::optional<Failure> failure;
  TimePoint failed_at{}, finished_at{};
  std::function<void()> on_written;

 private:
  std::size_t place(std::uint64_t number) const { return number % options_.slots * options_.length; }
  void fill() {
    while (pair && posted < to_send_ && posted - written < options_.slots) {
      const std::size_t at = place(posted);
      if (options_.check_content) fill_pattern(pair->own().subspan(at, options_.length), posted * options_.length);
      pair->write(at, options_.length, at, static_cast<std::uint32_t>(posted++));
    }
  }
  void take(std::uint32_t immediate) {
    in_order = in_order && immediate == arrived;
    if (options_.check_content &&
        !is_pattern(pair->exposed().subspan(place(arrived), options_.length), arrived * options_.length))
      right_content = false;
    ++arrived;
  }

  Options options_;
  World& world_;
  Program& program_;
  std::uint64_t to_send_ = 0;
};

struct RdmaHosts {
  explicit RdmaHosts(const WireOptions& wire = {.rate = ten_gigabits, .delay = 10us}, const WorldOptions& options = {},
                     const RdmaEnd::Options& left_options = {}, const RdmaEnd::Options& right_options = {})
      : world(options),
        left(world.add_host("left", {.rdma = true})),
        right(world.add_host("right", {.rdma = true})),
        link(world.add_link(left, right, wire)) {
    world.run_until(at_time(0s));  // the ways are known from here on
    a.emplace(world, left, "a", left_options);
    b.emplace(world, right, "b", right_options);
  }
  void connect() {
    a->connect(*b);
    b->connect(*a);
  }
  Outcome run(const std::function<bool()>& goal, Duration limit = 100s) {
    return world.run_until(goal, world.now() + limit);
  }
  Outcome run_until_written(std::uint64_t count, Duration limit = 100s) {
    return run([&] { return a->written == count || a->failure; }, limit);
  }
  void expect_intact(std::uint64_t count) {
    EXPECT_EQ(a->written, count);
    EXPECT_EQ(b->arrived, count);
    EXPECT_TRUE(b->in_order);
    EXPECT_TRUE(b->right_content);
    EXPECT_FALSE(a->failure) << a->failure->message();
    EXPECT_FALSE(b->failure) << b->failure->message();
  }

  World world;
  Machine& left;
  Machine& right;
  Link& link;
  std::optional<RdmaEnd> a, b;
};

}  // namespace dwcp::sim
