// Sender: its timers. One event stands for all of them; it is moved only to an earlier time, since most
// acknowledgements move the deadlines later.
#include <algorithm>

#include "sim/flow/sender.hpp"
#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {
namespace {

constexpr Duration probe_slack = std::chrono::milliseconds(2);
constexpr Duration window_probe_first = std::chrono::milliseconds(250), window_probe_max = std::chrono::seconds(60);

}  // namespace

// Two round trips after the last segment (RFC 8985 section 7.2): sooner than the timeout, once a flight.
std::optional<TimePoint> Sender::probe_deadline() const {
  if (congestion_->in_episode() || timeouts_ > 0 || probe_end_ == ledger_.next()) return {};
  if (rto_.smoothed() == Duration::zero()) return {};
  const bool one = ledger_.in_flight() <= Bytes(segment_);  // its acknowledgement may be a delayed one
  return std::max(rto_from_, last_new_) + rto_.smoothed() * 2 + (one ? options_.rto_min : probe_slack);
}

void Sender::arm_timer() {
  TimePoint at = TimePoint::max();
  if (!ledger_.empty()) {
    at = rto_from_ + rto_.timeout(options_.rto_min, timeouts_);
    if (const auto probe = probe_deadline()) at = std::min(at, *probe);
  } else if (window_closed_ && unsent_.size() > 0) {
    Duration wait = window_probe_first;
    for (unsigned i = 0; i < window_probes_ && wait < window_probe_max; ++i) wait *= 2;
    at = std::max(rto_from_, last_new_) + std::min(wait, window_probe_max);
  }
  if (at == TimePoint::max()) return;
  at = std::max(at, sim_now());
  if (timer_.IsRunning()) {
    if (timer_at_ <= at) return;
    timer_.Cancel();
  }
  timer_at_ = at;
  timer_ = ns3::Simulator::Schedule(to_ns3(at - sim_now()), &Sender::on_timer, this);
}

void Sender::on_timer() {
  if (!running_) return;
  const auto keep = port_.alive().lock();  // the end of the connection may be found within
  process_acks();
  if (!running_) return;
  const TimePoint now = sim_now();
  // What is passing the bottleneck is not late, however long a whole train takes.
  if (network_.waiting(flow_) > 0 && network_.rate(flow_) > 0 && passing_.front().sent.piece == ledger_.first_piece())
    rto_from_ = now;
  if (ledger_.empty()) {
    if (window_closed_ && unsent_.size() > 0 && peer_room() == 0) ask_for_window();
  } else if (rto_from_ + rto_.timeout(options_.rto_min, timeouts_) <= now) {
    on_timeout();
  } else if (const auto probe = probe_deadline(); probe && *probe <= now) {
    send_probe();
  }
  if (running_) pull();
}

void Sender::on_timeout() {
  if (++timeouts_ > options_.data_retries) return port_.gave_up();
  const bool first = timeouts_ == 1;
  ledger_.lose_all();
  congestion_->on_timeout(ledger_.in_flight(), first);
  recovery_point_ = ledger_.next();
  rto_from_ = release_at_ = sim_now();
  release_.Cancel();
  fit_pace();
}

// Asks for an acknowledgement: with new data if there is any that may go, else with the last segment again.
void Sender::send_probe() {
  rto_from_ = sim_now();
  const bool new_data = unsent_.size() > 0 && peer_room() >= segment_;
  if (new_data) {
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(unsent_.size(), segment_));
    ByteVector bytes = unsent_.take(size);
    data_.push_back({std::move(bytes), size});
    last_new_ = sim_now();
    give(ledger_.send(size, sim_now()), size, false);
  } else if (const auto last = ledger_.last_open()) {
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(last->size, segment_));
    give(ledger_.resend(last->piece, size, sim_now()), size, true);
  }
  probe_end_ = ledger_.next();
}

// The peer answers with the room that it has.
void Sender::ask_for_window() {
  ++window_probes_;
  rto_from_ = sim_now();
  network_.message(there_, tcp_header_size, [this, alive = port_.alive()] {
    if (alive.expired() || !running_ || !port_.reaches_peer()) return;
    network_.message(back_, tcp_header_size, [this, alive, edge = port_.peer_edge()] {
      if (alive.expired() || !running_) return;
      const unsigned probes = window_probes_;
      window_opened(edge);
      window_probes_ = probes;
    });
  });
}

}  // namespace dwcp::sim::flow
