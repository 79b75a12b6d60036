#include "engine/platform/native/rdma/pair.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "engine/platform/native/rdma/fault.hpp"
#include "engine/platform/native/rdma/resources.hpp"
#include "engine/platform/native/rdma/transitions.hpp"

namespace dwcp::platform::native::rdma {
namespace {

constexpr int completions_at_once = 16;
constexpr int rounds_in_a_turn = 4;                  // then the lane's other streams have theirs
constexpr std::uint64_t a_receive = 0, a_write = 1;  // ids of work requests: a failed one tells nothing else

std::string gid_text(const Gid& gid) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  constexpr std::array<std::byte, 12> mapped{
      {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
  const bool is_v4 = std::equal(mapped.begin(), mapped.end(), gid.begin());
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, gid.data() + (is_v4 ? mapped.size() : 0), text.data(), text.size());
  return text.data();
}

Errc kind_of(ibv_wc_status status) {
  switch (status) {
    case IBV_WC_REM_ACCESS_ERR:
    case IBV_WC_REM_INV_REQ_ERR:
    case IBV_WC_REM_OP_ERR:
    case IBV_WC_BAD_RESP_ERR:
      return Errc::protocol_error;
    case IBV_WC_RETRY_EXC_ERR:
    case IBV_WC_RNR_RETRY_EXC_ERR:
    case IBV_WC_WR_FLUSH_ERR:
    case IBV_WC_FATAL_ERR:
      return Errc::unreachable;
    default:
      return Errc::internal;
  }
}

// The pair itself. Who waits for its completions keeps it alive, until it is closed or has failed; RdmaQueuePair below
// is what its user holds.
class PairCore : public std::enable_shared_from_this<PairCore> {
 public:
  PairCore(std::shared_ptr<Device> device, const Place& place, const QueuePairOptions& options, const Executor& lane,
           std::uint32_t first_packet)
      : place_(place),
        options_(options),
        executor_(lane),
        first_packet_(first_packet),
        resources_(std::make_unique<Resources>(std::move(device), options)),
        events_ready_(lane, resources_->channel->fd) {}
  ~PairCore() { close(); }
  PairCore(const PairCore&) = delete;
  PairCore& operator=(const PairCore&) = delete;

  void prepare();
  PairAddress address() const;
  void connect(ByteSpan peer, QueuePair::Events events);
  void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate);
  void close();
  bool break_down();  // fault.hpp
  MutableByteSpan exposed() { return part_of(&Resources::exposed, options_.exposed); }
  MutableByteSpan own() { return part_of(&Resources::own, options_.own); }

 private:
  MutableByteSpan part_of(MemoryPool::Block Resources::*block, Bytes size) {
    return resources_ ? ((*resources_).*block).memory().first(size.value) : MutableByteSpan();
  }
  const std::string& name() const { return resources_->device->name(); }
  bool works() const { return resources_ && !failure_; }
  int post_receives(unsigned count);
  void wait();
  void take_event(ErrorCode error);
  void drain();
  bool report(std::span<const ibv_wc> completions);
  bool report_one(const ibv_wc& completion);
  ibv_wc cause_among(std::span<const ibv_wc> rest);
  void fail_later(Failure failure);
  void fail(Failure failure);

  const Place place_;
  const QueuePairOptions options_;
  const Executor executor_;
  const std::uint32_t first_packet_;
  std::unique_ptr<Resources> resources_;  // null when closed
  asio::posix::stream_descriptor events_ready_;
  PairAddress peer_;
  std::shared_ptr<QueuePair::Events> events_;  // null until connected
  std::optional<Failure> failure_;
  unsigned writes_ = 0;  // posted and not reported
};

// Receives are posted before there is a peer, so that none of its writes finds none.
void PairCore::prepare() {
  ibv_qp& pair = *resources_->pair;
  const auto check = [this](int error, const char* what) {
    if (error != 0)
      throw Error(Errc::out_of_budget, "RDMA device " + name() + " refuses " + what + ": " + std::strerror(error));
  };
  check(to_init(pair, place_), "to initialise a queue pair");
  check(post_receives(options_.arrivals_max), "receives");
  check(ibv_req_notify_cq(resources_->completions.get(), 0), "to tell of completions");
  resources_->device->watch(pair, place_.port, [lane = executor_, core = weak_from_this()](const Failure& failure) {
    asio::post(lane, [core, failure] {
      if (const auto self = core.lock()) self->fail(failure);
    });
  });
}

PairAddress PairCore::address() const {
  const MemoryPool::Block& memory = resources_->exposed;
  return {place_.gid,
          resources_->pair->qp_num,
          first_packet_,
          place_.mtu,
          reinterpret_cast<std::uintptr_t>(memory.memory().data()),
          options_.exposed.value,
          memory.keys().remote};
}

void PairCore::connect(ByteSpan peer, QueuePair::Events events) {
  if (!resources_ || events_) throw Error(Errc::internal, "RDMA queue pair: connected a second time, or closed before");
  peer_ = read_address(peer).value();
  if (failure_) throw Error(*failure_);
  const auto unreachable = [this](int error) {
    return Error(Errc::unreachable,
                 "RDMA device " + name() + ", to " + gid_text(peer_.gid) + ": " + std::strerror(error));
  };
  if (const int error = to_ready_to_receive(*resources_->pair, place_, peer_)) throw unreachable(error);
  if (const int error = to_ready_to_send(*resources_->pair, first_packet_)) throw unreachable(error);
  events_ = std::make_shared<QueuePair::Events>(std::move(events));
  wait();
}

void PairCore::write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) {
  if (!events_ || !resources_) throw Error(Errc::internal, "RDMA queue pair: a write before it was connected");
  const auto check_range = [length](const char* of, std::size_t at, std::uint64_t size) {
    if (at > size || length > size - at)
      throw Error(Errc::internal, "RDMA queue pair: " + std::to_string(length) + " bytes at " + std::to_string(at) +
                                      " are not within the " + std::to_string(size) + " of " + of);
  };
  check_range("own()", from, options_.own.value);
  check_range("the peer's exposed()", to, peer_.length);
  if (failure_) return;  // which is on its way, or was reported
  if (writes_ == options_.writes_max)
    throw Error(Errc::internal, "RDMA queue pair: more than " + std::to_string(writes_) + " writes at once");
  ibv_sge piece{reinterpret_cast<std::uintptr_t>(own().data() + from), static_cast<std::uint32_t>(length),
                resources_->own.keys().local};
  ibv_send_wr request{};
  request.wr_id = a_write;
  request.sg_list = &piece;
  request.num_sge = length > 0 ? 1 : 0;
  request.opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
  request.imm_data = htonl(immediate);
  request.wr.rdma.remote_addr = peer_.memory + to;
  request.wr.rdma.rkey = peer_.key;
  ibv_send_wr* refused = nullptr;
  if (const int error = ibv_post_send(resources_->pair.get(), &request, &refused))
    return fail_later({Errc::internal, "RDMA device " + name() + ": posting a write: " + std::strerror(error)});
  ++writes_;
}

int PairCore::post_receives(unsigned count) {
  std::array<ibv_recv_wr, completions_at_once> requests{};
  while (count > 0) {
    const std::size_t n = std::min<std::size_t>(count, requests.size());
    for (std::size_t i = 0; i < n; ++i) requests[i] = {a_receive, i + 1 < n ? &requests[i + 1] : nullptr, nullptr, 0};
    ibv_recv_wr* refused = nullptr;
    if (const int error = ibv_post_recv(resources_->pair.get(), requests.data(), &refused)) return error;
    count -= static_cast<unsigned>(n);
  }
  return 0;
}

void PairCore::wait() {
  events_ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](ErrorCode error) { self->take_event(error); });
}

void PairCore::take_event(ErrorCode error) {
  if (error || !works()) return;
  ibv_cq* queue = nullptr;
  void* context = nullptr;
  unsigned count = 0;
  while (ibv_get_cq_event(resources_->channel.get(), &queue, &context) == 0) ++count;
  ibv_ack_cq_events(resources_->completions.get(), count);
  // Asked for before the queue is emptied: what comes in between is told of.
  if (const int refused = ibv_req_notify_cq(resources_->completions.get(), 0))
    return fail({Errc::internal, "RDMA device " + name() + ": telling of completions: " + std::strerror(refused)});
  drain();
}

void PairCore::drain() {
  if (!works()) return;
  std::array<ibv_wc, completions_at_once> batch;
  for (int round = 0; round < rounds_in_a_turn; ++round) {
    const int count = ibv_poll_cq(resources_->completions.get(), completions_at_once, batch.data());
    if (count < 0) return fail({Errc::internal, "RDMA device " + name() + ": its completion queue cannot be read"});
    if (count == 0) return wait();
    if (!report(std::span(batch).first(static_cast<std::size_t>(count)))) return;
  }
  asio::post(executor_, [self = shared_from_this()] { self->drain(); });
}

// False when it works no more: closed by who was told, or failed.
bool PairCore::report(std::span<const ibv_wc> completions) {
  const auto arrived = std::ranges::count_if(
      completions, [](const ibv_wc& one) { return one.status == IBV_WC_SUCCESS && one.wr_id == a_receive; });
  // Before the arrivals are reported: the peer may write again as soon as one is.
  if (const int error = post_receives(static_cast<unsigned>(arrived))) {
    fail({Errc::internal, "RDMA device " + name() + ": posting receives: " + std::strerror(error)});
    return false;
  }
  for (std::size_t i = 0; i < completions.size(); ++i) {
    const ibv_wc& one = completions[i];
    if (one.status != IBV_WC_SUCCESS) {
      const ibv_wc cause = cause_among(completions.subspan(i));
      fail({kind_of(cause.status), "RDMA device " + name() + ", to " + gid_text(peer_.gid) + ": " +
                                       (cause.wr_id == a_write ? "a write" : "a receive") +
                                       " ended: " + ibv_wc_status_str(cause.status)});
      return false;
    }
    if (!report_one(one)) return false;
  }
  return true;
}

bool PairCore::report_one(const ibv_wc& completion) {
  const auto events = events_;  // whoever is told may close the pair
  if (completion.wr_id == a_write) {
    --writes_;
    if (events->written) events->written();
  } else if (completion.opcode == IBV_WC_RECV_RDMA_WITH_IMM) {
    if (events->arrived) events->arrived(ntohl(completion.imm_data));
  } else {
    fail({Errc::protocol_error, "RDMA device " + name() + ": the peer sent something other than a write"});
  }
  return works();
}

// When a pair fails, all its requests end with one status, but for the one that was the cause. Precondition: `rest`
// begins with one that failed.
ibv_wc PairCore::cause_among(std::span<const ibv_wc> rest) {
  const auto is_cause = [](const ibv_wc& one) {
    return one.status != IBV_WC_SUCCESS && one.status != IBV_WC_WR_FLUSH_ERR;
  };
  if (const auto found = std::ranges::find_if(rest, is_cause); found != rest.end()) return *found;
  ibv_wc next{};
  for (unsigned i = 0; i < options_.writes_max + options_.arrivals_max; ++i) {
    if (ibv_poll_cq(resources_->completions.get(), 1, &next) != 1) break;
    if (is_cause(next)) return next;
  }
  return rest.front();
}

void PairCore::fail_later(Failure failure) {
  asio::post(executor_, [core = weak_from_this(), failure = std::move(failure)] {
    if (const auto self = core.lock()) self->fail(failure);
  });
}

void PairCore::fail(Failure failure) {
  if (!works()) return;
  failure_ = std::move(failure);
  to_error(*resources_->pair);  // where it is already, most often; else the peer must not go on writing
  events_ready_.cancel();
  if (const auto events = events_; events && events->failed) events->failed(*failure_);
}

void PairCore::close() {
  if (!resources_) return;
  resources_->device->forget(resources_->pair->qp_num);
  events_ready_.release();  // the descriptor is the channel's own
  const auto resources = std::move(resources_);
  events_.reset();
}

bool PairCore::break_down() {
  if (!works()) return false;
  if (const int error = to_error(*resources_->pair))
    throw Error(Errc::internal, "RDMA device " + name() + ": breaking a queue pair: " + std::strerror(error));
  return true;
}

class RdmaQueuePair final : public QueuePair {
 public:
  explicit RdmaQueuePair(std::shared_ptr<PairCore> core) : core_(std::move(core)) {}
  ~RdmaQueuePair() override { core_->close(); }
  MutableByteSpan exposed() override { return core_->exposed(); }
  MutableByteSpan own() override { return core_->own(); }
  ByteVector address() const override { return address_; }
  void connect(ByteSpan peer, Events events) override { core_->connect(peer, std::move(events)); }
  void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) override {
    core_->write(from, length, to, immediate);
  }
  void close() override { core_->close(); }
  bool break_down() { return core_->break_down(); }

 private:
  const std::shared_ptr<PairCore> core_;
  const ByteVector address_ = write_address(core_->address());
};

}  // namespace

bool break_queue_pair(QueuePair& pair) {
  auto* const ours = dynamic_cast<RdmaQueuePair*>(&pair);
  return ours && ours->break_down();
}

std::shared_ptr<QueuePair> make_queue_pair(std::shared_ptr<Device> device, const Place& place,
                                           const QueuePairOptions& options, const Executor& lane,
                                           std::uint32_t random) {
  constexpr std::uint32_t packet_number = 0xffffff;
  const auto core = std::make_shared<PairCore>(std::move(device), place, options, lane, random & packet_number);
  core->prepare();
  return std::make_shared<RdmaQueuePair>(core);
}

}  // namespace dwcp::platform::native::rdma
