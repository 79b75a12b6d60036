#include "hypervisor/libvirt/outgoing.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/post.hpp>

#include "engine/platform/deadline.hpp"

namespace dwcp::libvirt {
namespace {

constexpr Duration look_every = std::chrono::milliseconds(100);
constexpr unsigned long long natural_downtime_ms = 1;  // QEMU's own switchover: only when next to nothing is left
constexpr Duration call_off_patience = std::chrono::minutes(2);
constexpr Duration last_word_patience = std::chrono::seconds(3);
constexpr Duration stream_end_patience = std::chrono::seconds(10);

struct Parameters {
  virTypedParameterPtr list = nullptr;
  int count = 0, capacity = 0;
  ~Parameters() { virTypedParamsFree(list, count); }
  void add(const char* name, const std::string& value) {
    if (virTypedParamsAddString(&list, &count, &capacity, name, value.c_str()) < 0)
      throw_last(Errc::internal, "a parameter of the migration");
  }
};

unsigned flags_of(const migration::MoveOptions& options) {
  unsigned flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
  if (options.throttle_max > 0) flags |= VIR_MIGRATE_AUTO_CONVERGE;
  if (options.copy_disks) flags |= VIR_MIGRATE_NON_SHARED_DISK;
  if (options.movement == migration::Movement::post_copy) flags |= VIR_MIGRATE_POSTCOPY;
  return flags;
}

std::uint64_t number(const Parameters& stats, const char* name) {
  unsigned long long value = 0;
  if (virTypedParamsGetULLong(stats.list, stats.count, name, &value) == 1) return value;
  int small = 0;
  if (virTypedParamsGetInt(stats.list, stats.count, name, &small) == 1) return static_cast<std::uint64_t>(small);
  return 0;
}

}  // namespace

// Shared with the thread, which may outlive a departure at the agent's end.
struct Departure::Result {
  bool ended = false;
  std::string failure;  // empty: the guest runs at the destination
};

Departure::Departure(platform::Platform& platform, Calls& calls, VmId vm, migration::MoveOptions options, Paths paths)
    : platform_(platform),
      calls_(calls),
      vm_(std::move(vm)),
      options_(options),
      paths_(std::move(paths)),
      rpc_listener_((paths_.make(), platform), paths_.rpc()),
      stream_listener_(platform, paths_.stream()),
      changed_(platform, platform.control()),
      result_(std::make_shared<Result>()) {
  if (options_.copy_disks) disk_listener_.emplace(platform, paths_.disks());
}

// A thread that still waits for the destination's word goes down with the process: nothing else may end its wait,
// because its libvirt would then let the guest run here.
Departure::~Departure() {
  if (!migrating_.joinable()) return;
  if (result_->ended)
    migrating_.join();
  else
    migrating_.detach();
}

void Departure::start(platform::Scope& scope, migration::Pipes& pipes) {
  scope_ = &scope;
  pipes_ = &pipes;
  scope.spawn(alone(platform_, "libvirt", accept_rpc()));
  scope.spawn(alone(platform_, "stream", accept_streams()));
  if (disk_listener_) scope.spawn(alone(platform_, "disks", accept_disks()));
  scope.spawn(alone(platform_, "watch", watch()));
  run_migration();
}

// virDomainMigrate3 blocks for as long as the migration lasts: a thread of its own.
void Departure::run_migration() {
  const std::string path = calls_.uri().substr(calls_.uri().find(":///") + 3);
  const std::string destination = "qemu+unix://" + path + "?socket=" + paths_.rpc().string();
  const std::string stream_uri = "unix://" + paths_.stream().string();
  const std::string disks_uri = disk_listener_ ? "unix://" + paths_.disks().string() : "";
  const auto tell = [weak = weak_from_this(), result = result_, control = platform_.control()](std::string failure) {
    asio::post(control, [weak, result, failure = std::move(failure)] {
      result->ended = true;
      result->failure = failure;
      if (const auto self = weak.lock()) self->changed_.notify_all();
    });
  };
  const auto migrate = [uri = calls_.uri(), vm = vm_, flags = flags_of(options_), destination, stream_uri, disks_uri] {
    const Connection here = open_connection(uri);
    const Domain domain = must_find(here.get(), vm);
    const Connection there = open_connection(destination);
    Parameters parameters;
    parameters.add(VIR_MIGRATE_PARAM_URI, stream_uri);
    if (!disks_uri.empty()) parameters.add(VIR_MIGRATE_PARAM_DISKS_URI, disks_uri);
    const Domain moved(
        virDomainMigrate3(domain.get(), there.get(), parameters.list, static_cast<unsigned>(parameters.count), flags));
    if (!moved) throw_last(Errc::hypervisor_failed, "libvirt");
  };
  migrating_ = std::thread([tell, migrate] {
    std::string failure;
    try {
      migrate();
    } catch (const Error& error) {
      failure = error.detail().empty() ? error.what() : error.detail();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    tell(std::move(failure));
  });
}

Task<void> Departure::accept_rpc() {
  const auto self = shared_from_this();
  rpc_client_ = co_await rpc_listener_.accept();
  rpc_listener_.close();  // one client, once
  co_await carry_rpc(rpc_client_);
}

// The client is never told that the destination's daemon is gone once the guest is at rest: libvirt would take that for
// a failure and let the guest run here, while the hand-over may be decided.
Task<void> Departure::carry_rpc(std::shared_ptr<Socket> client) {
  const auto self = shared_from_this();
  const auto pipe =
      pipes_->open({.purpose = static_cast<std::uint8_t>(Purpose::rpc), .urgent = true, .compress = false});
  std::string why = "the destination closed the connection";
  try {
    co_await announce(*pipe);
    std::function<Task<void>(platform::Scope&)> body = [&](platform::Scope& scope) -> Task<void> {
      scope.spawn(socket_to_pipe(client, pipe));
      ByteVector buffer(KiB(64).value);
      while (const std::size_t count = co_await pipe->read_some(buffer))
        co_await write_all(*client, ByteSpan(buffer).first(count));
      scope.cancel();
    };
    co_await platform::in_scope(platform_, std::move(body));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    why = error.what();
  }
  why_rpc_ended_ = why;
  changed_.notify_all();
  if (at_rest_) co_return;
  ErrorCode ignored;
  client->close(ignored);
}

Task<void> Departure::accept_streams() {
  const auto self = shared_from_this();
  const bool post_copy = options_.movement == migration::Movement::post_copy;
  for (;;) {
    auto socket = co_await stream_listener_.accept();
    const auto pipe =
        pipes_->open({.purpose = static_cast<std::uint8_t>(post_copy ? Purpose::stream : Purpose::return_path),
                      .urgent = !post_copy || stream_ != nullptr,
                      .compress = post_copy && stream_ == nullptr});
    co_await announce(*pipe);
    const bool first = stream_ == nullptr;
    if (first) stream_ = socket;
    changed_.notify_all();
    if (post_copy)
      scope_->spawn(
          alone(platform_, "stream",
                relay(platform_, socket, pipe)));  // the first: all pages in turn; the second: those asked for
    else
      scope_->spawn(alone(platform_, "return path", pipe_to_socket(pipe, socket)));
    if (!post_copy) co_return;
  }
}

Task<void> Departure::accept_disks() {
  const auto self = shared_from_this();
  for (;;) {
    auto socket = co_await disk_listener_->accept();
    const auto pipe =
        pipes_->open({.purpose = static_cast<std::uint8_t>(Purpose::disk), .urgent = false, .compress = true});
    co_await announce(*pipe);
    scope_->spawn(alone(platform_, "disk", relay(platform_, socket, pipe)));
  }
}

void Departure::check_ended() {
  if (called_off_) throw Error(Errc::cancelled, "the migration of guest '" + vm_.text + "' was called off");
  if (result_->ended && !result_->failure.empty()) throw Error(Errc::hypervisor_failed, result_->failure);
}

Task<std::size_t> Departure::read_stream(MutableByteSpan into) {
  while (!stream_) {
    check_ended();
    co_await changed_.wait();
  }
  const std::size_t count = co_await read_some(*stream_, into);
  if (count > 0) co_return count;
  // QEMU closes the stream when it is complete, with the guest stopped; or when it gave up, and then libvirt says why.
  const TimePoint deadline = platform_.now() + stream_end_patience;
  for (;;) {
    check_ended();
    const auto state = [vm = vm_](virConnectPtr connection) {
      int now = VIR_DOMAIN_NOSTATE, reason = 0;
      const Domain domain = must_find(connection, vm);
      if (virDomainGetState(domain.get(), &now, &reason, 0) < 0)
        throw_last(Errc::hypervisor_failed, "the guest's state");
      return now == VIR_DOMAIN_PAUSED && reason != VIR_DOMAIN_PAUSED_POSTCOPY_FAILED;
    };
    const bool paused = co_await calls_.run(state);
    if (paused) break;
    if (platform_.now() > deadline)
      throw Error(Errc::hypervisor_failed, "QEMU closed the stream of guest '" + vm_.text + "', which still runs");
    co_await changed_.wait_until(platform_.now() + look_every);
  }
  co_await guest_stopped(seen_running_);
  at_rest_ = true;
  co_return 0;
}

Task<void> Departure::guest_stopped(TimePoint when) {
  if (status_.guest_stopped) co_return;
  status_.guest_stopped = true;
  status_.stopped_at = when;
  changed_.notify_all();
}

Task<void> Departure::watch() {
  const auto self = shared_from_this();
  while (!result_->ended && !called_off_) {
    try {
      co_await look();
    } catch (const Error& error) {
      platform_.record("libvirt.look_failed", {{"vm", vm_.text}, {"reason", error.what()}});
    }
    co_await changed_.wait_until(platform_.now() + look_every);
  }
}

Task<void> Departure::look() {
  struct Seen {
    bool active = false, running = false, paused = false;
    migration::OutgoingStatus status;
  };
  const auto ask = [vm = vm_, set_downtime = !downtime_set_](virConnectPtr connection) {
    Seen seen;
    const Domain domain = look_up(connection, vm);
    if (!domain) return seen;
    int state = VIR_DOMAIN_NOSTATE, type = VIR_DOMAIN_JOB_NONE;
    Parameters stats;
    if (virDomainGetJobStats(domain.get(), &type, &stats.list, &stats.count, 0) < 0) return seen;
    if (virDomainGetState(domain.get(), &state, nullptr, 0) < 0) return seen;
    seen.running = state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_BLOCKED;
    seen.paused = state == VIR_DOMAIN_PAUSED;
    seen.status.rounds = static_cast<unsigned>(number(stats, VIR_DOMAIN_JOB_MEMORY_ITERATION));
    seen.active = (type == VIR_DOMAIN_JOB_UNBOUNDED || type == VIR_DOMAIN_JOB_BOUNDED) && seen.status.rounds > 0;
    seen.status.remaining = Bytes(number(stats, VIR_DOMAIN_JOB_MEMORY_REMAINING));
    const std::uint64_t page = number(stats, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);
    seen.status.dirty_rate = BitRate(number(stats, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE) * (page ? page : 4096) * 8);
    seen.status.throttle_percent = static_cast<unsigned>(number(stats, VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE));
    seen.status.disk_total = Bytes(number(stats, VIR_DOMAIN_JOB_DISK_TOTAL));
    seen.status.disk_copied = Bytes(number(stats, VIR_DOMAIN_JOB_DISK_PROCESSED));
    if (seen.active && set_downtime && virDomainMigrateSetMaxDowntime(domain.get(), natural_downtime_ms, 0) < 0)
      throw_last(Errc::hypervisor_failed, "the downtime of the migration");
    return seen;
  };
  const TimePoint asked = platform_.now();
  const Seen seen = co_await calls_.run(ask);
  status_.disk_total = seen.status.disk_total;
  status_.disk_copied = seen.status.disk_copied;
  if (seen.active) {
    downtime_set_ = true;
    has_stats_ = true;
    status_.rounds = seen.status.rounds;
    status_.remaining = seen.status.remaining;
    status_.dirty_rate = seen.status.dirty_rate;
    status_.throttle_percent = seen.status.throttle_percent;
  }
  if (seen.running) seen_running_ = asked;
  if (seen.paused && has_stats_) co_await guest_stopped(suspending_ ? status_.stopped_at : seen_running_);
}

// QEMU's own condition is a guess of its own; the engine knows what the path carries, and what still waits in line. So
// QEMU is kept from switching over by itself, and the guest is stopped from here: then its migration completes.
Task<void> Departure::allow_switchover(Bytes limit) {
  const bool now = has_stats_ && !status_.guest_stopped && limit.value > 0 && status_.remaining <= limit;
  if (!now || std::exchange(suspending_, true)) co_return;
  const TimePoint before = platform_.now();
  const auto suspend = [vm = vm_](virConnectPtr connection) {
    const Domain domain = must_find(connection, vm);
    if (virDomainSuspend(domain.get()) == 0) return;
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain.get(), &state, nullptr, 0) == 0 && state == VIR_DOMAIN_PAUSED) return;
    throw_last(Errc::hypervisor_failed, "stopping the guest");
  };
  co_await calls_.run(suspend);
  co_await guest_stopped(before);
}

Task<void> Departure::switch_to_post_copy() {
  const TimePoint before = platform_.now();
  const auto begin = [vm = vm_](virConnectPtr connection) {
    const Domain domain = must_find(connection, vm);
    if (virDomainMigrateStartPostCopy(domain.get(), 0) < 0) throw_last(Errc::hypervisor_failed, "beginning post-copy");
  };
  co_await calls_.run(begin);
  at_rest_ = true;
  co_await guest_stopped(before);
}

Task<void> Departure::emptied() {
  while (!result_->ended && why_rpc_ended_.empty()) co_await changed_.wait();
  // The call of a migration that is complete ends just after its connection to the destination.
  const TimePoint deadline = platform_.now() + last_word_patience;
  while (!result_->ended)
    if (!co_await changed_.wait_until(deadline) && !result_->ended) throw Error(Errc::session_lost, why_rpc_ended_);
  check_ended();
}

Task<void> Departure::call_off() {
  called_off_ = true;
  changed_.notify_all();
  const auto abort = [vm = vm_](virConnectPtr connection) {
    // No job, no guest: the migration has ended by itself, or has not begun.
    if (const Domain domain = look_up(connection, vm)) virDomainAbortJob(domain.get());
  };
  if (!result_->ended && !at_rest_) co_await calls_.run(abort);
  ErrorCode ignored;
  rpc_listener_.close();
  stream_listener_.close();
  if (disk_listener_) disk_listener_->close();
  if (stream_) stream_->close(ignored);
  if (rpc_client_) rpc_client_->close(ignored);
  const TimePoint deadline = platform_.now() + call_off_patience;
  while (!result_->ended)
    if (!co_await changed_.wait_until(deadline) && !result_->ended)
      throw Error(Errc::hypervisor_failed, "libvirt does not end the migration of guest '" + vm_.text + "'");
  paths_.remove();
}

Task<bool> Departure::conclude(Duration patience) {
  const TimePoint deadline = platform_.now() + patience;
  while (!result_->ended)
    if (!co_await changed_.wait_until(deadline) && !result_->ended) co_return false;
  rpc_listener_.close();
  stream_listener_.close();
  if (disk_listener_) disk_listener_->close();
  paths_.remove();
  co_return result_->failure.empty();
}

Outgoing::~Outgoing() {
  if (departure_->at_rest()) return;
  scope_.spawn([](std::shared_ptr<Departure> departure) -> Task<void> {
    try {
      co_await departure->call_off();
    } catch (const Error&) {
      // resume() of the guest, which comes next, waits for the same end and says the same
    }
  }(departure_));
}

}  // namespace dwcp::libvirt
