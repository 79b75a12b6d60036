#include "sim/flow/sender.hpp"

#include <algorithm>
#include <utility>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {
namespace {

constexpr std::uint64_t trains_per_window = 8, train_min_segments = 2;
constexpr std::uint64_t unsent_min_segments = 8;
// A train of so many segments tells by itself what is missing of it, by those that came after (RFC 6675's threshold).
constexpr std::uint64_t telling_segments = 4;
constexpr Duration pacing_slack = std::chrono::microseconds(1);  // of rounding

}  // namespace

Sender::Sender(Network& network, SenderPort& port, Path there, Path back, const TcpOptions& options)
    : network_(network),
      port_(port),
      there_(std::move(there)),
      back_(std::move(back)),
      options_(options),
      segment_((options.mtu - tcp_header_size).value),
      flow_(network.open(there_, options.mtu, *this)) {}

Sender::~Sender() { stop(); }

void Sender::start(Duration rtt) {
  running_ = true;
  if (rtt > Duration::zero()) rto_.sample(rtt);
  congestion_.emplace(options_.congestion == platform::CongestionControl::bbr ? platform::CongestionControl::bbr
                                                                              : platform::CongestionControl::cubic,
                      Bytes(segment_), rtt, options_.seed);
  known_edge_ = port_.peer_edge();
  fit_pace();
}

void Sender::stop() {
  if (flow_ == ~Network::FlowId{0}) return;
  running_ = false;
  network_.close(std::exchange(flow_, ~Network::FlowId{0}));
  for (ns3::EventId* event : {&pull_, &release_, &ack_, &timer_}) event->Cancel();
  unsent_.clear();
}

// ---- the writer's side
std::uint64_t Sender::unsent_max() const {
  return std::max(options_.unsent_max, options_.mtu * unsent_min_segments).value;
}

std::size_t Sender::write_room() const {
  const std::uint64_t unsent = unsent_.size(), held = unsent + ledger_.next() - ledger_.una();
  const std::uint64_t by_unsent = unsent_max() > unsent ? unsent_max() - unsent : 0;
  const std::uint64_t by_buffer = options_.send_buffer.value > held ? options_.send_buffer.value - held : 0;
  return std::min(by_unsent, by_buffer);
}

std::size_t Sender::write(const std::byte* bytes, std::size_t size) {
  const std::size_t taken = std::min(size, write_room());
  if (taken == 0) return 0;
  const bool dry = unsent_.size() == 0 && network_.waiting(flow_) == 0 && release_at_ <= sim_now() + pacing_slack;
  if (dry && ledger_.in_flight() < congestion_->window() && !ledger_.first_lost()) ledger_.mark_app_limited();
  // What found something before it in the line is pulled with that.
  if (unsent_.size() == 0) pull_soon();
  unsent_.push(bytes, taken);
  return taken;
}

// Not at once: the writer may have more to add to the same train.
void Sender::pull_soon() {
  if (running_ && !pull_.IsRunning()) pull_ = ns3::Simulator::ScheduleNow(&Sender::pull, this);
}

void Sender::window_opened(std::uint64_t edge) {
  known_edge_ = std::max(known_edge_, edge);
  window_probes_ = 0;
  pull();
}

// ---- sending
void Sender::pull() {
  if (!running_) return;
  const auto keep = port_.alive().lock();  // the end of the connection may be found within
  pull_.Cancel();
  process_acks();
  while (running_ && pull_one()) {
  }
  if (!running_) return;
  const bool waits = unsent_.size() > 0 || ledger_.first_lost() || gaps_;
  if (waits && network_.waiting(flow_) == 0 && !ack_.IsRunning()) listen_for_ack();
  arm_timer();
  if (unsent_.size() <= unsent_max() / 2) port_.sender_progressed();
}

// While loads pass, each that has passed looks at what has been acknowledged; else an event has to.
void Sender::listen_for_ack() {
  const TimePoint now = sim_now();
  const auto next =
      std::ranges::find_if(acks_, [&](const Ack& ack) { return ack.at > now || (!ack.arrived && !ack.dead); });
  if (next == acks_.end()) return;
  const Duration wait = std::max(next->at - now, Duration::zero());
  ack_ = ns3::Simulator::Schedule(to_ns3(wait), &Sender::pull, this);
}

// The next train, of what was lost before what is new. False when nothing may leave now.
bool Sender::pull_one() {
  const auto lost = ledger_.first_lost();
  if (!lost && unsent_.size() == 0) return false;
  const TimePoint now = sim_now();
  if (congestion_->pacing() && release_at_ > now + pacing_slack) {
    if (!release_.IsRunning()) release_ = ns3::Simulator::Schedule(to_ns3(release_at_ - now), &Sender::pull, this);
    return false;
  }
  std::uint32_t wanted = 0;
  if (lost) {
    wanted = lost->size;
  } else {
    const std::uint32_t room = peer_room();
    window_closed_ = room == 0;
    if (room == 0) return false;
    wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(unsent_.size(), room));
  }
  bool limited = false;
  const std::uint32_t size = train_size(wanted, limited);
  if (limited) limited_at_ = now;
  if (size == 0) return false;
  before_sending();
  if (lost) {
    give(ledger_.resend(lost->piece, size, now), size, true);
  } else {
    ByteVector bytes = unsent_.take(size);
    data_.push_back({std::move(bytes), size});
    last_new_ = now;
    give(ledger_.send(size, now), size, false);
  }
  return true;
}

std::uint32_t Sender::peer_room() const {
  const std::uint64_t next = ledger_.next();
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(known_edge_ > next ? known_edge_ - next : 0, std::uint64_t{1} << 31));
}

// 0: wait for the window. Whole segments but at the end of what there is.
std::uint32_t Sender::train_size(std::uint32_t wanted, bool& limited) const {
  const std::uint64_t window = congestion_->window().value, flying = ledger_.in_flight().value;
  const std::uint64_t most =
      std::clamp(window / trains_per_window, train_min_segments * segment_, std::max(train_max, 2 * segment_));
  const std::uint64_t target = std::min<std::uint64_t>(wanted, most - most % segment_);
  const std::uint64_t room = window > flying ? window - flying : 0;
  if (target <= room) return static_cast<std::uint32_t>(target);
  limited = true;
  if (flying == 0) return static_cast<std::uint32_t>(std::min(target, segment_));
  // Less than a part of a train is not worth an event.
  const std::uint64_t whole = room - room % segment_;
  return whole >= std::max(target / 4, std::min(target, segment_)) ? static_cast<std::uint32_t>(whole) : 0;
}

void Sender::before_sending() {
  const TimePoint now = sim_now();
  if (ledger_.in_flight() > Bytes(0)) return;
  const Duration idle = last_new_ == TimePoint{} ? Duration::zero() : now - last_new_;
  if (last_new_ != TimePoint{} && ledger_.empty())
    congestion_->on_transmit_from_idle(now, idle, rto_.timeout(options_.rto_min, 0), !congestion_->in_episode());
  if (ledger_.empty()) rto_from_ = now;
  release_at_ = std::max(release_at_, now);
  fit_pace();
}

void Sender::give(Ledger::Sent sent, std::uint32_t size, bool again) {
  const TimePoint now = sim_now();
  const std::uint64_t segments = segments_of(size);
  segments_sent_ += segments;
  if (again) {
    segments_again_ += segments;
    if (sent.piece == ledger_.first_piece()) rto_from_ = now;
  }
  if (congestion_->in_episode()) congestion_->on_sent(Bytes(size));
  if (const auto pacing = congestion_->pacing())
    release_at_ = std::max(release_at_, now) + transfer_time(Bytes(size), std::max(*pacing, BitRate(1)));
  const Bytes wire(size + segments * tcp_header_size.value);
  const auto given = network_.give(flow_, {sent.train, segments, wire});
  if (given.lost || given.taken == 0) {
    gaps_ = true;
    return;
  }
  passing_.push_back({sent, size, segments, given.taken, now});
}

double Sender::wire_share() const {
  return static_cast<double>(segment_ + tcp_header_size.value) / static_cast<double>(segment_);
}

void Sender::fit_pace() {
  if (const auto pacing = congestion_->pacing())
    network_.pace(flow_, BitRate(static_cast<std::uint64_t>(static_cast<double>(pacing->value) * wire_share())));
  else
    network_.pace_no_more(flow_);
}

// ---- what becomes of it
void Sender::load_passed(const Passed& load) {
  const Passage passage = passing_.front();
  passing_.pop_front();
  const std::uint64_t here = load.cut ? 0 : passage.taken - load.packets_lost;
  const auto got = static_cast<std::uint32_t>(
      here == passage.segments ? passage.size : std::min<std::uint64_t>(passage.size, here * segment_));
  if (got < passage.size) gaps_ = true;
  if (got > 0) {
    const TimePoint now = sim_now();
    Ack ack;
    ack.sent = passage.sent;
    ack.got = got;
    ack.segments = here;
    ack.whole = got == passage.size;
    ack.tells_own_loss = here >= telling_segments;
    ack.given = passage.given;
    ack.arrives = load.arrival;
    ack.spread = std::max(now - load.first_out, Duration::zero());
    // The acknowledgement of the first segment lets the next train go; those of the others follow at the same rate.
    const Duration back =
        network_.is_cut(back_) ? Network::propagation(back_) : network_.one_way(back_, tcp_header_size);
    ack.at = std::max({load.arrival, load.arrival - ack.spread + back, last_ack_at_});
    last_ack_at_ = ack.at;
    acks_.push_back(ack);
    const std::uint64_t number = first_ack_ + acks_.size() - 1;
    ns3::Simulator::Schedule(to_ns3(load.arrival - now), [this, number, alive = port_.alive()] {
      if (const auto still = alive.lock()) arrive(number);
    });
  }
  if (!load.cut) pull();
}

void Sender::arrive(std::uint64_t number) {
  if (!running_) return;
  Ack& ack = acks_[number - first_ack_];
  const Bytes size(ack.got + ack.segments * tcp_header_size.value);
  if (Network::was_cut_since(there_, ack.given)) {
    ack.dead = true;
    for (Hop* hop : there_)
      if (hop->is_cut() || hop->last_cut() >= ack.given) {
        hop->count_cut(ack.segments);
        break;
      }
    return;
  }
  for (Hop* hop : there_) hop->count_delivered(ack.segments, size);
  if (!port_.reaches_peer()) {
    if (running_) ack.dead = true;
    return;
  }
  if (ack.sent.piece >= first_data_ && ack.sent.piece - first_data_ < data_.size()) {
    Data& data = data_[ack.sent.piece - first_data_];
    data.missing -= std::min(data.missing, ack.got);
  }
  ack.arrived = true;
  hand_over();
  if (running_) acks_[number - first_ack_].edge = port_.peer_edge();
}

void Sender::hand_over() {
  while (running_ && !data_.empty() && data_.front().missing == 0) {
    ByteVector bytes = std::move(data_.front().bytes);
    data_.pop_front();
    ++first_data_;
    port_.deliver(std::move(bytes));
  }
}

// Acknowledgements whose time has come. Those that a cut on the way back took are made good by the next one.
void Sender::process_acks() {
  if (std::exchange(processing_, true)) return;
  const TimePoint now = sim_now();
  while (running_ && !acks_.empty()) {
    std::size_t heard = 0;  // how many up to the first that reaches us
    bool found = false;
    for (; heard < acks_.size() && !found; ++heard) {
      const Ack& ack = acks_[heard];
      if (ack.at > now || (!ack.arrived && !ack.dead)) break;
      found = ack.arrived && !Network::was_cut_since(back_, ack.arrives);
    }
    if (!found) {
      // What never arrived tells nothing.
      while (!acks_.empty() && acks_.front().dead) {
        acks_.pop_front();
        ++first_ack_;
      }
      break;
    }
    for (; heard > 0 && running_; --heard) {
      const Ack ack = acks_.front();
      acks_.pop_front();
      ++first_ack_;
      if (!ack.dead) process(ack, heard > 1);
    }
  }
  processing_ = false;
}

void Sender::process(const Ack& ack, bool late) {
  TrainAck told;
  told.prior_in_flight = ledger_.in_flight();
  const TimePoint at = ack.at;
  const auto delivery = ledger_.acknowledge(ack.sent, ack.got, at, ack.spread);
  if (delivery.rtt && !late) rto_.sample(*delivery.rtt);
  if (delivery.interval > Duration::zero()) delivery_rate_ = rate_of(delivery.sample_delivered, delivery.interval);
  known_edge_ = std::max(known_edge_, ack.edge);
  detect_losses(ack, told);
  look_at_episode();
  told.now = at;
  told.spread = ack.spread;
  told.newly_delivered = delivery.delivered;
  told.segments = segments_of(delivery.delivered.value);
  told.in_flight = ledger_.in_flight();
  told.delivered = ledger_.delivered();
  told.sent = Bytes(ledger_.next());
  if (delivery.rtt && !late) told.rtt = *delivery.rtt;
  told.sample_delivered = delivery.sample_delivered;
  told.interval = delivery.interval;
  told.app_limited = delivery.app_limited;
  const bool half_used = congestion_->in_slow_start() && congestion_->window() < told.prior_in_flight * 2;
  told.window_limited = limited_at_ >= ack.given || half_used;
  told.rtt_smoothed = rto_.smoothed();
  congestion_->on_ack(told);
  fit_pace();
  if (delivery.delivered > Bytes(0)) {
    timeouts_ = 0;
    rto_from_ = std::max(rto_from_, at);
  }
  if (ledger_.in_flight() == Bytes(0) && !ledger_.first_lost()) gaps_ = false;
}

void Sender::detect_losses(const Ack& ack, TrainAck& told) {
  told.newly_lost = ledger_.lose_before(ack.sent.train, !ack.whole && ack.tells_own_loss);
}

void Sender::look_at_episode() {
  if (congestion_->in_episode() && ledger_.una() >= recovery_point_) congestion_->end_episode(ledger_.in_flight());
  if (congestion_->in_episode() || !ledger_.first_lost()) return;
  recovery_point_ = ledger_.next();
  congestion_->enter_recovery(ledger_.in_flight());
}

// ---- what others see
platform::PathSample Sender::path_sample() const {
  platform::PathSample sample;
  if (!congestion_) return sample;
  sample.rtt_smoothed = rto_.smoothed();
  sample.rtt_min = std::max(ledger_.min_rtt(), Duration::zero());
  sample.delivery_rate = delivery_rate_;
  sample.congestion_window = congestion_->window();
  sample.unacknowledged = Bytes(ledger_.next() - ledger_.una());
  sample.unsent = Bytes(unsent_.size());
  sample.segments_sent = segments_sent_;
  sample.segments_retransmitted = segments_again_;
  sample.congestion = congestion_->control();
  return sample;
}

void Sender::set_congestion(platform::CongestionControl control, std::uint64_t seed) {
  if (!congestion_ || congestion_->control() == control) return;
  release_.Cancel();
  release_at_ = sim_now();
  congestion_->change(control, rto_.smoothed(), seed, ledger_.in_flight());
  fit_pace();
  pull_soon();
}

}  // namespace dwcp::sim::flow
