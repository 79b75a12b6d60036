#include "sim/rdma/requester.hpp"

#include <algorithm>

namespace dwcp::sim::rdma {

Requester::Requester(std::uint32_t path_mtu, Psn start)
    : path_mtu_(path_mtu), oldest_(first_sequence(start)), next_(oldest_), fresh_(oldest_), posted_end_(oldest_) {}

void Requester::post(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) {
  const Sequence packets = std::max<Sequence>(1, (length + path_mtu_ - 1) / path_mtu_);
  writes_.push_back({posted_end_, packets, from, length, to, immediate});
  posted_end_ += packets;
}

bool Requester::has_packet() const { return next_ < posted_end_ && unacknowledged() < unacknowledged_max; }

Requester::Outgoing Requester::next() {
  const Write& write = writes_[sending_];
  const Sequence index = next_ - write.first;
  const bool is_first = index == 0, is_last = index + 1 == write.packets;
  Outgoing out;
  const std::size_t offset = static_cast<std::size_t>(index) * path_mtu_;
  out.from = write.from + offset;
  out.length = std::min<std::size_t>(path_mtu_, write.length - offset);
  out.repeated = next_ < fresh_;
  Header& h = out.header;
  h.opcode = is_first && is_last ? Opcode::write_only
             : is_first          ? Opcode::write_first
             : is_last           ? Opcode::write_last
                                 : Opcode::write_middle;
  h.ack_request = is_last || next_ % ack_request_interval == 0;
  h.psn = to_psn(next_);
  h.address = write.to;
  h.length = static_cast<std::uint32_t>(write.length);
  h.immediate = write.immediate;
  if (is_last) ++sending_;
  fresh_ = std::max(fresh_, ++next_);
  return out;
}

// After going back an answer may name packets that were sent before it and are not sent again yet.
bool Requester::acknowledge(Psn psn) {
  const Sequence until = nearest_sequence(oldest_, psn);
  if (until <= oldest_ || until > fresh_) return false;
  oldest_ = until;
  while (next_ < until) {
    const Write& write = writes_[sending_];
    next_ = std::min(until, write.first + write.packets);
    if (next_ == write.first + write.packets) ++sending_;
  }
  return true;
}

bool Requester::take_completed() {
  if (writes_.empty() || writes_.front().first + writes_.front().packets > oldest_) return false;
  writes_.pop_front();
  --sending_;
  return true;
}

void Requester::go_back() {
  next_ = oldest_;
  sending_ = 0;
}

}  // namespace dwcp::sim::rdma
