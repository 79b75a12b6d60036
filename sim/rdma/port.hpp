// One port of an adapter: lets its queue pairs send in turn, burst by burst, as long as the link takes it. So pairs of
// one machine share their link without a queue, as on a real adapter, and congestion is found only where it belongs: in
// the network. What the machine's kernel sends passes by; a queue that it makes holds a burst up for a while only.
#pragma once

#include <ns3/event-id.h>

#include <deque>
#include <functional>

#include "engine/base/units.hpp"

namespace dwcp::sim::rdma {

// Bursts let one ns-3 event send several packets. Short against the marking threshold of a link (sim/wire.hpp), so that
// a burst alone is no congestion.
constexpr Duration burst_time = std::chrono::microseconds(10);
constexpr unsigned burst_packets_max = 8;

// The link behind a port, as it is at the time.
struct Egress {
  std::function<BitRate()> rate;  // > 0
  std::function<Bytes()> queued;  // waiting or being sent
};

class Port {
 public:
  // Who sends through it. Served once for each request.
  class Client {
   public:
    virtual void send_burst() = 0;

   protected:
    ~Client() = default;
  };

  explicit Port(Egress egress) : egress_(std::move(egress)) {}
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  BitRate rate() const { return egress_.rate(); }
  // Serves the client, at once or when its turn comes. Precondition: it does not wait already.
  void request(Client& client);
  void withdraw(Client& client);

 private:
  void serve(bool waited);

  Egress egress_;
  std::deque<Client*> waiting_;  // at most one entry for each pair
  ns3::EventId event_;
  bool armed_ = false;
};

}  // namespace dwcp::sim::rdma
