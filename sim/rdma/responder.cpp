#include "sim/rdma/responder.hpp"

namespace dwcp::sim::rdma {

Responder::Responder(std::size_t exposed, std::uint32_t key, unsigned arrivals_max, Psn start)
    : exposed_(exposed), key_(key), arrivals_max_(arrivals_max), expected_(first_sequence(start)) {}

Responder::Verdict Responder::refuse(Syndrome why) {
  Verdict verdict;
  verdict.answer = why;
  verdict.fatal = true;
  return verdict;
}

Responder::Verdict Responder::take(const Header& h, std::size_t payload) {
  Verdict verdict;
  const Sequence sequence = nearest_sequence(expected_, h.psn);
  if (sequence < expected_) {  // sent again: it is here
    if (h.ack_request) verdict.answer = Syndrome::acknowledged;
    return verdict;
  }
  if (sequence > expected_) {  // one report for each gap (section 9.7.5)
    if (!std::exchange(gap_reported_, true)) verdict.answer = Syndrome::sequence_error;
    return verdict;
  }
  const bool begins = h.opcode == Opcode::write_first || h.opcode == Opcode::write_only;
  const bool ends = h.opcode == Opcode::write_last || h.opcode == Opcode::write_only;
  if (begins == within_write_) return refuse(Syndrome::invalid_request);
  if (begins) {
    // A write of nothing touches no memory: its key and place are not checked (section 9.7.4).
    if (h.length > 0 && (h.key != key_ || h.address > exposed_ || h.length > exposed_ - h.address))
      return refuse(Syndrome::access_error);
    at_ = static_cast<std::size_t>(h.address);
    left_ = h.length;
  }
  if (payload > left_ || ends != (payload == left_)) return refuse(Syndrome::invalid_request);
  if (ends && arrivals_ == arrivals_max_) return refuse(Syndrome::not_ready);
  verdict.store = payload > 0;
  verdict.at = at_;
  verdict.arrived = ends;
  at_ += payload;
  left_ -= payload;
  within_write_ = !ends;
  gap_reported_ = false;
  ++expected_;
  if (ends) {
    ++arrivals_;
    messages_ = (messages_ + 1) & 0xffffff;
  }
  if (h.ack_request) verdict.answer = Syndrome::acknowledged;
  return verdict;
}

}  // namespace dwcp::sim::rdma
