#include "sim/flow/ledger.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::sim::flow {

Ledger::Piece* Ledger::piece(std::uint64_t number) {
  return number < first_piece_ || number - first_piece_ >= pieces_.size() ? nullptr : &pieces_[number - first_piece_];
}

Ledger::Train* Ledger::train(std::uint64_t number) {
  return number < first_train_ || number - first_train_ >= trains_.size() ? nullptr : &trains_[number - first_train_];
}

Ledger::Sent Ledger::send(std::uint32_t size, TimePoint now) {
  pieces_.push_back({next_, size, size, 0});
  next_ += size;
  return add_train(first_piece_ + pieces_.size() - 1, size, false, now);
}

Ledger::Sent Ledger::resend(std::uint64_t number, std::uint32_t size, TimePoint now) {
  return add_train(number, size, true, now);
}

Ledger::Sent Ledger::add_train(std::uint64_t number, std::uint32_t size, bool again, TimePoint now) {
  if (in_flight_ == 0) first_sent_ = delivered_at_ = now;
  trains_.push_back({number, size, again, app_limited_until_ != 0, now, delivered_, delivered_at_, first_sent_});
  in_flight_ += size;
  piece(number)->flying += size;
  note_loss(number);
  return {first_train_ + trains_.size() - 1, number};
}

// So many bytes of the train are in flight no more.
void Ledger::land(Train& t, std::uint32_t size) {
  t.flying -= size;
  in_flight_ -= size;
  if (Piece* p = piece(t.piece)) p->flying -= std::min(p->flying, size);
}

void Ledger::note_loss(std::uint64_t number) {
  const Piece* p = piece(number);
  if (p && p->open > p->flying)
    lost_.insert(number);
  else
    lost_.erase(number);
}

Ledger::Delivery Ledger::acknowledge(Sent sent, std::uint32_t got, TimePoint now, Duration spread) {
  Delivery delivery;
  Train* const t = train(sent.train);
  if (t) land(*t, std::min(t->flying, got));
  if (Piece* p = piece(sent.piece)) {
    delivery.delivered = Bytes(std::min(p->open, got));
    p->open -= static_cast<std::uint32_t>(delivery.delivered.value);
    note_loss(sent.piece);
  }
  if (delivery.delivered > Bytes(0)) {
    delivered_ += delivery.delivered.value;
    delivered_at_ = now + spread;
  }
  if (app_limited_until_ != 0 && delivered_ > app_limited_until_) app_limited_until_ = 0;
  if (t) {
    const Duration rtt = now - t->sent;
    if (!t->again) {
      delivery.rtt = rtt;
      if (min_rtt_ < Duration::zero() || rtt < min_rtt_) min_rtt_ = rtt;
    }
    delivery.app_limited = t->app_limited;
    delivery.sample_delivered = Bytes(delivered_ - t->delivered);
    // Sending and acknowledging are two phases of a pipeline; the longer one is the honest measure.
    const Duration interval = std::max(t->sent - t->first_sent, now + spread - t->delivered_at);
    if (interval >= min_rtt_ && interval > Duration::zero()) delivery.interval = interval;
    first_sent_ = t->sent;
  }
  forget_finished();
  return delivery;
}

Bytes Ledger::lose_before(std::uint64_t number, bool inclusive) {
  Bytes found;
  for (std::uint64_t i = first_train_; i < number + (inclusive ? 1 : 0) && i - first_train_ < trains_.size(); ++i) {
    Train& t = trains_[i - first_train_];
    if (t.flying == 0) continue;
    const std::uint32_t size = t.flying;
    land(t, size);
    const Piece* p = piece(t.piece);
    if (p && p->open > p->flying) found += Bytes(std::min(size, p->open - p->flying));
    note_loss(t.piece);
  }
  forget_finished();
  return found;
}

void Ledger::lose_all() { lose_before(first_train_ + trains_.size(), false); }

void Ledger::mark_app_limited() { app_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight_, 1); }

std::optional<Ledger::Lost> Ledger::first_lost() const {
  if (lost_.empty()) return {};
  const Piece& p = pieces_[*lost_.begin() - first_piece_];
  return Lost{*lost_.begin(), p.open - p.flying};
}

std::optional<Ledger::Lost> Ledger::last_open() const {
  for (std::size_t i = pieces_.size(); i-- > 0;)
    if (pieces_[i].open > 0) return Lost{first_piece_ + i, pieces_[i].open};
  return {};
}

void Ledger::forget_finished() {
  while (!trains_.empty() && trains_.front().flying == 0) {
    trains_.pop_front();
    ++first_train_;
  }
  while (!pieces_.empty() && pieces_.front().open == 0) {
    lost_.erase(first_piece_);
    pieces_.pop_front();
    ++first_piece_;
  }
}

}  // namespace dwcp::sim::flow
