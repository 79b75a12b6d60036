#include "sim/context.hpp"

#include <ns3/simulator.h>

#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/scheduler.hpp>

#include "engine/base/error.hpp"

namespace dwcp::sim {

Operation::Operation(Context& context) : context_(context), next_(context.operations_) {
  if (next_) next_->previous_ = this;
  context.operations_ = this;
}

Operation::~Operation() {
  if (!linked_) return;
  if (next_) next_->previous_ = previous_;
  (previous_ ? previous_->next_ : context_.operations_) = next_;
}

Context::Context(std::uint32_t id, Run& run) : id_(id), run_(run) {}

Context::~Context() {
  die();
  shutdown();
  destroy();
}

void Context::arm() {
  armed_ = true;
  ns3::Simulator::ScheduleWithContext(id_, ns3::Time(0), &Context::turn, this);
}

// Handlers that are posted meanwhile belong to the same turn: an event of their own would cost more than they do.
void Context::turn() {
  if (dead_) return;
  run_.begin_turn();
  run_.trace.add(static_cast<std::uint64_t>(run_.last_turn.time_since_epoch().count()) ^ (std::uint64_t{id_} << 48));
  running_ = true;
  run_.guarded([this] { run_all(); });
  running_ = armed_ = false;
  if (dying_) die();
  if (next_ < batch_.size() || !ready_.empty()) arm();  // after an error: the rest runs later
  run_.progressed();
}

void Context::run_all() {
  for (std::uint64_t handlers = 0; !dying_; ++handlers) {
    if (next_ == batch_.size()) {
      batch_.clear();
      next_ = 0;
      if (ready_.empty()) return;
      batch_.swap(ready_);
    }
    if (handlers == handlers_per_turn_max)
      return run_.stand_still("a process ran " + std::to_string(handlers) + " handlers without waiting");
    ++run_.handlers;
    batch_[next_++]();
  }
}

void Context::kill() {
  if (running_)
    dying_ = true;
  else
    die();
}

void Context::die() {
  dead_ = true;
  const auto drop_queue = [&] {  // destructors post to a dead context, which is harmless
    batch_.clear();
    next_ = 0;
    ready_.clear();
  };
  for (Operation* operation = operations_; operation; operation = operation->next_) operation->disconnect();
  drop_queue();
  while (Operation* operation = operations_) {
    // Out of the list first: it may destroy itself, or stay alive as a closed object that somebody else holds.
    operations_ = operation->next_;
    if (operations_) operations_->previous_ = nullptr;
    operation->linked_ = false;
    operation->abandon();
  }
  drop_queue();
}

bool Context::uses_reactor() {
  return asio::has_service<asio::detail::reactor>(*this) || asio::has_service<asio::detail::scheduler>(*this);
}

}  // namespace dwcp::sim
