#include "tests/lab/rdma/end.hpp"

#include <cstdlib>

namespace dwcp::platform::native {
Task<void> End::open(QueuePairOptions options) {
  options_ = options;
  pair_ = platform_.queue_pair(address_, options, lane_);
  if (!pair_) throw Error(Errc::not_found, "no device does RDMA at " + address_.to_string());
  co_return;
}

Task<ByteVector> End::address() { co_return pair_->address(); }

Task<void> End::connect(ByteVector peer) {
  QueuePair::Events events;
  events.written = [this] {
    ++written_;
    post_what_fits();
    changed_.notify_all();
  };
  events.arrived = [this](std::uint32_t immediate) {
    if (on_arrival) on_arrival(immediate);
    arrived_.push_back(immediate);
    changed_.notify_all();
  };
  events.failed = [this](Failure failure) {
    EXPECT_FALSE(failed_) << "failed twice";
    if (on_failure) on_failure();
    failed_ = std::move(failure);
    changed_.notify_all();
  };
  pair_->connect(peer, std::move(events));
  co_return;
}

void End::write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) {
  waiting_.push_back({from, length, to, immediate});
  post_what_fits();
}

void End::post_what_fits() {
  for (; !waiting_.empty() && posted_ - written_ < options_.writes_max; ++posted_) {
    const Write next = waiting_.front();
    waiting_.pop_front();
    pair_->write(next.from, next.length, next.to, next.immediate);
  }
}

Task<void> End::close() {
  if (pair_) pair_->close();
  co_return;
}

Task<void> End::until_written(std::size_t count) {
  while (written_ < count) {
    if (failed_) throw Error(*failed_);
    co_await changed_.wait();
  }
}

Task<void> End::until_arrived(std::size_t count) {
  while (arrived_.size() < count) {
    if (failed_) throw Error(*failed_);
    co_await changed_.wait();
  }
}

Task<Failure> End::until_failed() {
  while (!failed_) co_await changed_.wait();
  co_return *failed_;
}

Task<void> RdmaTest::open_both(QueuePairOptions options) {
  co_await on(a_.lane(), a_.open(options));
  co_await on(b_.lane(), b_.open(options));
}

Task<void> RdmaTest::join(QueuePairOptions options) {
  co_await open_both(options);
  const ByteVector a = co_await on(a_.lane(), a_.address());
  const ByteVector b = co_await on(b_.lane(), b_.address());
  co_await on(a_.lane(), a_.connect(b));
  co_await on(b_.lane(), b_.connect(a));
}

void RdmaTest::TearDown() {
  run([this]() -> Task<void> {
    co_await on(a_.lane(), a_.close());
    co_await on(b_.lane(), b_.close());
  });
}

bool RdmaTest::is_short() { return std::getenv("DWCP_LAB_SHORT") != nullptr; }

}  // namespace dwcp::platform::native
