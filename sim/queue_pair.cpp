#include "sim/queue_pair.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace dwcp::sim {

std::shared_ptr<QueuePair> QueuePair::open(Context& context, Executor executor, rdma::Adapter& adapter,
                                           const asio::ip::address& at, const platform::QueuePairOptions& options) {
  if (context.dead() || !at.is_v4() || !adapter.has_address(at.to_v4().to_uint())) return nullptr;
  auto made = std::make_shared<QueuePair>(context, std::move(executor));
  const rdma::PairLimits limits{.exposed = options.exposed,
                                .own = options.own,
                                .writes_max = options.writes_max,
                                .arrivals_max = options.arrivals_max};
  made->pair_ = adapter.open(at.to_v4().to_uint(), limits, *made);
  return made->pair_ ? made : nullptr;
}

void QueuePair::connect(ByteSpan peer, Events events) {
  const auto address = rdma::parse_address(peer);
  if (closed_) throw Error(Errc::bad_value, "connecting a queue pair that is closed");
  pair_->connect(address.value());
  events_ = std::make_shared<const Events>(std::move(events));
  if (early_failure_) failed(*std::exchange(early_failure_, std::nullopt));
}

template <class F>
void QueuePair::post(F report) {
  asio::post(executor_, [weak = weak_from_this(), report = std::move(report)]() mutable {
    const auto self = weak.lock();
    // Both are held: what is called may close the pair or let go of the last pointer to it.
    if (const auto events = self ? self->events_ : nullptr) report(*self, *events);
  });
}

void QueuePair::written() {
  post([](QueuePair&, const Events& events) { events.written(); });
}

void QueuePair::arrived(std::uint32_t immediate) {
  post([immediate](QueuePair& self, const Events& events) {
    self.pair_->arrival_taken();
    events.arrived(immediate);
  });
}

// Events that were posted before still come, and none after it.
void QueuePair::failed(Failure failure) {
  if (!events_) {
    early_failure_ = std::move(failure);
    return;
  }
  post([failure = std::move(failure)](QueuePair& self, const Events& events) {
    self.events_ = nullptr;
    events.failed(failure);
  });
}

// What the events hold may be the last pointer to this very object: they go last.
void QueuePair::close() {
  closed_ = true;
  const auto events = std::move(events_);
  if (pair_) pair_->end();
}

}  // namespace dwcp::sim
