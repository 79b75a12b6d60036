#include "engine/transfer/flight.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::transfer {

Flight::Flight(platform::Platform& platform, Bytes most)
    : room_(platform, platform.control()), most_(most), limit_(std::min(least, most)) {}

Task<void> Flight::take(Bytes size) {
  // One chunk always fits, however small the limit.
  while (outstanding_ > Bytes(0) && outstanding_ + size > limit_) {
    full_ = true;
    co_await room_.wait();
  }
  outstanding_ += size;
}

bool Flight::sent(amst::Sequence sequence, Bytes size) {
  chunks_[sequence.value] = size;
  if (early_.erase(sequence.value) == 0) return false;
  acknowledged(sequence);
  return true;
}

void Flight::acknowledged(amst::Sequence sequence) {
  const auto it = chunks_.find(sequence.value);
  if (it == chunks_.end()) {
    early_.insert(sequence.value);
    return;
  }
  outstanding_ -= it->second;
  chunks_.erase(it);
  room_.notify_all();
}

void Flight::adapt(BitRate rate, Duration round_trip) {
  const Bytes wanted = bytes_in(round_trip + storing_time, rate) * headroom;
  limit_ = std::clamp(wanted, std::min(least, most_), most_);
  room_.notify_all();
}

bool Flight::was_full() { return std::exchange(full_, false); }

}  // namespace dwcp::transfer
