#include "sim/rdma/port.hpp"

#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim::rdma {

Port::~Port() {
  if (armed_) ns3::Simulator::Remove(event_);
}

void Port::request(Client& client) {
  waiting_.push_back(&client);
  if (!armed_) serve(false);
}

void Port::withdraw(Client& client) {
  std::erase(waiting_, &client);
  if (waiting_.empty() && std::exchange(armed_, false)) ns3::Simulator::Remove(event_);
}

// After one wait the turn comes whatever the queue holds: it is not all of pairs.
void Port::serve(bool waited) {
  while (!waiting_.empty()) {
    const Bytes room = bytes_in(burst_time, egress_.rate());
    const Bytes queued = egress_.queued();
    if (queued > room && !waited) {
      const Duration drained = transfer_time(queued - room, egress_.rate());
      armed_ = true;
      event_ = ns3::Simulator::Schedule(to_ns3(std::clamp(drained, Duration(1), 2 * burst_time)), [this] {
        armed_ = false;
        serve(true);
      });
      return;
    }
    waited = false;
    Client* const next = waiting_.front();
    waiting_.pop_front();
    next->send_burst();
  }
}

}  // namespace dwcp::sim::rdma
