#include "engine/amst/rdma_ring.hpp"

namespace dwcp::amst {

void SendRing::posted_data(Bytes length, TimePoint at) {
  posted_.push_back({length, at, delivered_, true});
  ++next_;
  ++in_peer_;
  ++data_posted_;
  under_way_ += length;
}

void SendRing::posted_control(TimePoint at) {
  posted_.push_back({Bytes(0), at, delivered_, false});
  ++control_posted_;
}

SendRing::Written SendRing::written(TimePoint at) {
  const Posted one = posted_.front();
  posted_.pop_front();
  if (one.data)
    --data_posted_;
  else
    --control_posted_;
  delivered_ += one.length;
  under_way_ -= one.length;
  return {one.length, at - one.at, one.delivered_then};
}

Failure SendRing::given_back(std::uint32_t count) {
  if (count == 0 || count > in_peer_)
    return {Errc::protocol_error, "the peer gives back " + std::to_string(count) + " slots of its memory; " +
                                      std::to_string(in_peer_) + " are in use"};
  in_peer_ -= count;
  return {};
}

Failure ReceiveRing::arrived(std::uint32_t length) {
  if (length <= tag_size_ || length > slot_size_)
    return {Errc::protocol_error, "an RDMA message of " + std::to_string(length) + " bytes; " +
                                      std::to_string(tag_size_ + 1) + " to " + std::to_string(slot_size_) +
                                      " would be right"};
  if (waiting_.size() + free_ >= slots_)
    return {Errc::protocol_error, "the peer has written into memory that was not given back"};
  waiting_.push_back(length);
  return {};
}

void ReceiveRing::pop() {
  waiting_.pop_front();
  ++taken_;
  ++free_;
}

}  // namespace dwcp::amst
