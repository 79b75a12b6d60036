#include "engine/platform/native/native_platform.hpp"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <thread>

#include "engine/platform/native/compute.hpp"
#include "engine/platform/native/files.hpp"
#include "engine/platform/native/host_memory.hpp"
#include "engine/platform/native/rdma/devices.hpp"
#include "engine/platform/native/rdma/pair.hpp"
#include "engine/platform/native/tcp.hpp"
#include "engine/platform/native/udp.hpp"

namespace dwcp::platform::native {
namespace {

using Clock = std::chrono::steady_clock;
constexpr unsigned lanes_default_max = 4;  // more than this many threads outrun any link that one host has

// An io_context for one thread, whose suspended coroutines can be destroyed before it: they may hold sockets and timers
// of other contexts, so all are emptied before the first is destroyed.
struct Context : asio::io_context {
  Context() : asio::io_context(1) {}
  using asio::io_context::shutdown;
};

class SteadyTimer final : public TimerBackend {
 public:
  SteadyTimer(const Executor& on, Clock::time_point start) : executor_(on), start_(start), timer_(on) {}
  Executor executor() const override { return executor_; }
  void expires_at(TimePoint t) override {
    // start_ is positive: only a time near the end of the range can overflow.
    const auto never = Clock::time_point::max();
    const bool fits = t.time_since_epoch() < never - start_;
    timer_.expires_at(fits ? start_ + t.time_since_epoch() : never);
  }
  void wait(Handler handler) override { timer_.async_wait(std::move(handler)); }
  void cancel() override { timer_.cancel(); }

 private:
  const Executor executor_;
  const Clock::time_point start_;
  asio::steady_timer timer_;
};

std::uint64_t unpredictable_seed() {
  std::uint64_t seed = 0;
  fill_with_entropy(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

Duration processor_time_of(pthread_t thread) {
  clockid_t clock{};
  timespec used{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return Duration(0);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

unsigned processors() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace

void fill_with_entropy(MutableByteSpan into) {
  for (std::size_t done = 0; done < into.size();) {
    const auto n = ::getrandom(into.data() + done, into.size() - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(Errc::internal, std::string("getrandom: ") + std::strerror(errno));
    done += static_cast<std::size_t>(n);
  }
}

struct NativePlatform::State {
  explicit State(Options o)
      : options(std::move(o)),
        seed(options.seed ? *options.seed : unpredictable_seed()),
        file_workers(options.file_threads, "dwcp-files"),
        storage(options.root, file_workers),
        compute(options.compute_threads > 0 ? options.compute_threads : processors()),
        keep_control(control.get_executor()) {
    const unsigned count = options.lanes > 0 ? options.lanes : std::min(processors(), lanes_default_max);
    for (unsigned i = 0; i < count; ++i) {
      Context& context = *lanes.emplace_back(std::make_unique<Context>());
      keep_lanes.emplace_back(context.get_executor());
      lane_threads.emplace_back([&context] { context.run(); });
      pthread_setname_np(lane_threads.back().native_handle(), ("dwcp-lane" + std::to_string(i)).substr(0, 15).c_str());
    }
    rdma.emplace(lanes.front()->get_executor());
  }
  // First every thread ends, then every coroutine is destroyed, then what coroutines refer to.
  ~State() {
    for (auto& lane : lanes) lane->stop();
    for (auto& thread : lane_threads) thread.join();
    file_workers.stop();
    compute.stop();
    // A coroutine that is destroyed posts to the contexts of those that it awaits: each round empties what the one
    // before has posted, and no await goes back and forth between contexts more often than this.
    constexpr int rounds = 16;
    for (int i = 0; i < rounds; ++i) {
      control.shutdown();
      for (auto& lane : lanes) lane->shutdown();
    }
  }

  const Options options;
  const Clock::time_point start = Clock::now();
  const std::uint64_t seed;
  Context control;
  std::vector<std::unique_ptr<Context>> lanes;
  Workers file_workers;
  FolderStorage storage;
  ThreadCompute compute;
  HostMemory memory;
  asio::executor_work_guard<asio::io_context::executor_type> keep_control;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> keep_lanes;
  std::vector<std::thread> lane_threads;
  std::optional<rdma::Devices> rdma;
  asio::cancellation_signal stop_main;
  std::atomic<pthread_t> control_thread = pthread_self();  // the one that is, or was last, within run()
};

NativePlatform::NativePlatform(Options options) : state_(std::make_unique<State>(std::move(options))) {}
NativePlatform::~NativePlatform() = default;

void NativePlatform::run(Task<void> main) {
  std::exception_ptr failure;
  const auto ended = [&](std::exception_ptr e) {
    failure = std::move(e);
    state_->control.stop();
  };
  state_->control_thread = pthread_self();
  state_->control.restart();
  asio::co_spawn(state_->control, std::move(main), asio::bind_cancellation_slot(state_->stop_main.slot(), ended));
  state_->control.run();
  if (failure) std::rethrow_exception(failure);
}

void NativePlatform::stop() {
  asio::post(state_->control, [state = state_.get()] { state->stop_main.emit(asio::cancellation_type::terminal); });
}

Executor NativePlatform::control() { return state_->control.get_executor(); }
unsigned NativePlatform::lanes() const { return static_cast<unsigned>(state_->lanes.size()); }
Executor NativePlatform::lane(unsigned index) { return state_->lanes.at(index)->get_executor(); }

WallTime NativePlatform::wall_time() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

TimePoint NativePlatform::now() const {
  return TimePoint(std::chrono::duration_cast<Duration>(Clock::now() - state_->start));
}

Timer NativePlatform::timer(Executor on) { return Timer(std::make_unique<SteadyTimer>(on, state_->start)); }

Task<Stream> NativePlatform::connect(Endpoint to, StreamOptions options, Executor lane) {
  return connect_tcp(to, options, lane);
}
std::unique_ptr<Listener> NativePlatform::listen(Endpoint at, StreamOptions options) {
  return listen_tcp(at, options, control());
}
Datagram NativePlatform::datagram(Endpoint at) { return open_udp(at, control()); }

bool NativePlatform::has_rdma() const { return state_->rdma->any(); }
std::shared_ptr<QueuePair> NativePlatform::queue_pair(const asio::ip::address& at, const QueuePairOptions& options,
                                                      Executor lane) {
  const auto found = state_->rdma->find(at);
  if (!found) return nullptr;
  std::uint32_t unpredictable = 0;
  fill_with_entropy(std::as_writable_bytes(std::span(&unpredictable, 1)));
  return rdma::make_queue_pair(found->device, found->place, options, lane, unpredictable);
}

Storage& NativePlatform::storage() { return state_->storage; }
Compute& NativePlatform::compute() { return state_->compute; }
Bytes NativePlatform::memory_available() { return state_->memory.available(); }

StageTimes NativePlatform::processor_times() {
  StageTimes times = state_->compute.times();
  for (auto& thread : state_->lane_threads) times["lanes"] += processor_time_of(thread.native_handle());
  times["control"] = processor_time_of(state_->control_thread);
  return times;
}

Random NativePlatform::random(std::string_view purpose) { return Random(state_->seed, purpose); }
void NativePlatform::entropy(MutableByteSpan into) { fill_with_entropy(into); }

void NativePlatform::record(std::string_view name, Fields fields) {
  if (state_->options.on_record) state_->options.on_record({now(), state_->options.process, name, std::move(fields)});
}

}  // namespace dwcp::platform::native
