// The sending half of a queue pair, without I/O: writes are cut into packets, acknowledged cumulatively, and sent again
// from the oldest unacknowledged packet on (go-back-N; InfiniBand Architecture Specification, volume 1, section 9.7).
#pragma once

#include <deque>

#include "sim/rdma/packet.hpp"

namespace dwcp::sim::rdma {

// Within a write each so-manieth packet asks for an acknowledgement, and its last one always does.
constexpr Sequence ack_request_interval = 16;
constexpr std::size_t write_length_max = 1u << 31;  // section 9.3.3: the length of a message

class Requester {
 public:
  Requester(std::uint32_t path_mtu, Psn start);

  // Precondition: length <= write_length_max.
  void post(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate);
  std::size_t posted() const { return writes_.size(); }

  bool has_packet() const;
  struct Outgoing {
    Header header;  // but for destination and key
    std::size_t from = 0, length = 0;
    bool repeated = false;
  };
  // The next packet in order. Precondition: has_packet().
  Outgoing next();

  // How many packets are sent and not acknowledged.
  Sequence unacknowledged() const { return next_ - oldest_; }
  // All packets before `psn` are at the peer. Returns whether that was news; numbers never sent are none.
  bool acknowledge(Psn psn);
  // Whether that is the PSN of a packet that is posted, and the oldest one not acknowledged.
  bool is_oldest(Psn psn) const { return to_psn(oldest_) == psn && oldest_ < posted_end_; }
  // The oldest write, when it is whole at the peer; it is forgotten then.
  bool take_completed();
  // Sends all again that is not acknowledged.
  void go_back();

  struct Write {
    Sequence first = 0;
    Sequence packets = 0;
    std::size_t from = 0, length = 0, to = 0;
    std::uint32_t immediate = 0;
  };
  // The oldest one that is not completed. Precondition: posted() > 0.
  const Write& oldest() const { return writes_.front(); }

 private:
  const std::uint32_t path_mtu_;
  std::deque<Write> writes_;
  std::size_t sending_ = 0;  // index of the write that next_ is a packet of
  Sequence oldest_;          // not acknowledged
  Sequence next_;            // to be sent
  Sequence fresh_;           // never sent yet
  Sequence posted_end_;
};

}  // namespace dwcp::sim::rdma
