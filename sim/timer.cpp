#include "sim/timer.hpp"

#include <ns3/simulator.h>

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/cancel.hpp"

namespace dwcp::sim {
namespace {

const Clock& true_clock() {
  static const Clock clock;
  return clock;
}

}  // namespace

Timer::Timer(Context& context, const Clock& clock, Executor executor)
    : Operation(context), clock_(clock), executor_(std::move(executor)) {}

Timer::Timer(Context& context, Executor executor) : Timer(context, true_clock(), std::move(executor)) {}

Timer::~Timer() { cancel(); }

void Timer::expires_at(TimePoint t) {
  cancel();
  expiry_ = t;
}

void Timer::wait(platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (expiry_ <= clock_.local(virtual_now())) return handler.complete({});
  const auto waiter = waiters_.insert(waiters_.end(), std::move(handler));
  on_cancel(*waiter, [this, waiter] {
    platform::Handler cancelled = std::move(*waiter);
    waiters_.erase(waiter);
    if (waiters_.empty()) disarm();
    cancelled.complete(asio::error::operation_aborted);
  });
  if (!armed_ && expiry_ != TimePoint::max()) arm();
}

void Timer::arm() {
  armed_ = true;
  const Duration left = clock_.virtual_of(expiry_) - virtual_now();
  event_ = ns3::Simulator::Schedule(ns3::NanoSeconds(left.count()), &Timer::expire, this);
}

void Timer::cancel() {
  disarm();
  complete(std::exchange(waiters_, {}), asio::error::operation_aborted);
}

void Timer::expire() {
  armed_ = false;
  if (clock_.local(virtual_now()) < expiry_) return arm();  // the clock has slowed down meanwhile
  complete(std::exchange(waiters_, {}), {});
}

// Removed, not marked: deadlines are nearly always cancelled, and marked ones would fill ns-3's event list until their
// time comes.
void Timer::disarm() {
  if (std::exchange(armed_, false)) ns3::Simulator::Remove(event_);
}

void Timer::complete(Waiters waiters, ErrorCode error) {
  for (auto& handler : waiters) handler.complete(error);
}

void Timer::disconnect() {
  for (auto& handler : waiters_) handler.disconnect();
}

void Timer::abandon() {
  disarm();
  Waiters waiters = std::exchange(waiters_, {});
  for (auto& handler : waiters) handler.drop();
}

}  // namespace dwcp::sim
