// A timer in virtual time: exact, and without cost while it waits.
#pragma once

#include <ns3/event-id.h>

#include <list>

#include "engine/platform/timer.hpp"
#include "sim/clock.hpp"
#include "sim/context.hpp"

namespace dwcp::sim {

class Timer final : public platform::TimerBackend, private Operation {
 public:
  // Times are those that `clock` shows.
  Timer(Context& context, const Clock& clock, Executor executor);
  // Virtual times: for what takes its time whatever a clock shows.
  Timer(Context& context, Executor executor);
  ~Timer() override;

  Executor executor() const override { return executor_; }
  void expires_at(TimePoint t) override;
  void wait(platform::Handler handler) override;
  void cancel() override;

 private:
  using Waiters = std::list<platform::Handler>;

  void disconnect() override;
  void abandon() override;
  void expire();
  void disarm();
  void complete(Waiters waiters, ErrorCode error);

  void arm();

  const Clock& clock_;
  Executor executor_;
  TimePoint expiry_{};  // on the machine's clock
  ns3::EventId event_;
  bool armed_ = false;
  Waiters waiters_;
};

}  // namespace dwcp::sim
