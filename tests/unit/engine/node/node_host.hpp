// A host with modelled guests and a node on a native platform, on a thread of its own. Its agent can end in order or be
// killed, and live again; the guests outlive it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/node/node.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "hypervisor/model/host.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::node::test {

// Nobody listens there now. Below the range that the kernel takes ports of outgoing connections from, which could take
// this one before it is used; every process and every call begins to look elsewhere.
inline std::uint16_t free_port() {
  constexpr unsigned first = 20'000, count = 12'000, stride = 97;
  static unsigned calls = 0;
  platform::native::TemporaryFolder folder;
  platform::native::NativePlatform platform({.root = folder.path(), .lanes = 1, .compute_threads = 1});
  for (;;) {
    const unsigned port = first + (static_cast<unsigned>(::getpid()) * stride + calls++) % count;
    try {
      return platform.listen({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, {})->local().port;
    } catch (const boost::system::system_error&) {
      // Taken: the next.
    }
  }
}

inline TimePoint world_time() {
  return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

class NodeHost {
 public:
  NodeHost(std::string name, std::uint16_t port, model::Catalogue catalogue)
      : guests_(std::move(catalogue), {}, world_time) {
    config.agent.node = NodeId(std::move(name));
    config.agent.listen.push_back({asio::ip::address_v4::loopback(), port});
    config.agent.session.streams = 2;
    config.agent.encoding.memory = MiB(16);
    config.version = "test";
  }
  ~NodeHost() { kill(); }

  // Before start(). `life` is what runs instead of the node alone.
  NodeConfig config;
  std::function<Task<void>(Node&)> life = [](Node& node) { return node.run(); };

  model::GuestHost& guests() { return guests_; }  // while nothing runs
  const std::filesystem::path& folder() const { return folder_.path(); }

  // Returns when the node takes migrations.
  void start() {
    std::promise<void> ready;
    auto is_ready = ready.get_future();
    thread_ = std::thread([this, promise = std::move(ready)]() mutable { live(promise); });
    is_ready.get();
  }
  // As SIGTERM: returns when the node has ended.
  void stop() {
    platform_->stop();
    thread_.join();
  }
  // As kill -9: its coroutines are destroyed where they stand.
  void kill() {
    if (!thread_.joinable()) return;
    {
      const std::scoped_lock guard(living_);
      if (platform_)
        asio::post(platform_->control(), [now = now_] {
          now->killed = true;
          now->changed.notify_all();
        });
    }
    thread_.join();
  }

  // Runs a task on the node's own executor, and waits for its value.
  template <class T>
  T call(std::function<Task<T>(Node&)> body) {
    // The function must outlive the coroutine that it made.
    const auto kept = std::make_shared<std::function<Task<T>(Node&)>>(std::move(body));
    auto made = [kept, node = node_]() { return (*kept)(*node); };
    return asio::co_spawn(platform_->control(), made, asio::use_future).get();
  }
  migration::GuestState state(const VmId& vm) {
    return call<migration::GuestState>(
        [this, vm](Node&) -> Task<migration::GuestState> { co_return guests_.state(vm); });
  }

 private:
  void live(std::promise<void>& ready) {
    {
      bool told = false;
      platform::native::NativePlatform platform({.process = config.agent.node.text,
                                                 .root = folder_.path(),
                                                 .lanes = 1,
                                                 .compute_threads = 1,
                                                 .on_record = [&](const platform::Record& record) {
                                                   if (record.name == "agent.ready" && !std::exchange(told, true))
                                                     ready.set_value();
                                                 }});
      const auto now = std::make_shared<Life>(platform);
      const auto hypervisor = guests_.attach(platform);
      Node node(platform, *hypervisor, config);
      node_ = &node;
      {
        const std::scoped_lock guard(living_);
        platform_ = &platform;
        now_ = now;
      }
      try {
        platform.run(until_over(now, node));
      } catch (const boost::system::system_error&) {
        if (!told) ready.set_exception(std::current_exception());
      }
      const std::scoped_lock guard(living_);
      platform_ = nullptr;
      now_.reset();
    }
    guests_.agent_died();
  }

  // Shared with what a kill leaves suspended.
  struct Life {
    explicit Life(platform::Platform& platform) : changed(platform, platform.control()) {}
    platform::Event changed;
    asio::cancellation_signal stop;
    bool over = false, killed = false;
    std::exception_ptr failure;
  };

  // A stop is passed on to the node and its end is awaited; a kill is not, and nothing is.
  Task<void> until_over(std::shared_ptr<Life> now, Node& node) {
    // Named, all of them: g++ 12 destroys a lambda's captures twice when it is made within a co_await expression.
    const Executor here = co_await asio::this_coro::executor;
    auto ended = [now](std::exception_ptr failure) {
      now->failure = failure;
      now->over = true;
      now->changed.notify_all();
    };
    asio::co_spawn(here, shielded(life(node)), asio::bind_cancellation_slot(now->stop.slot(), std::move(ended)));
    try {
      while (!now->over && !now->killed) co_await now->changed.wait();
    } catch (const boost::system::system_error&) {
      now->stop.emit(asio::cancellation_type::terminal);
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!now->over && !now->killed) co_await now->changed.wait();
    if (now->failure) std::rethrow_exception(now->failure);
  }

  platform::native::TemporaryFolder folder_;
  model::GuestHost guests_;
  std::thread thread_;
  Node* node_ = nullptr;
  std::mutex living_;  // guards the two, which a life that ends by itself takes away
  platform::native::NativePlatform* platform_ = nullptr;
  std::shared_ptr<Life> now_;
};

}  // namespace dwcp::node::test
