// The receiving half of a queue pair, without I/O: takes packets in order only, once, and only into the exposed region
// (InfiniBand Architecture Specification, volume 1, section 9.7.4).
#pragma once

#include <optional>
#include <utility>

#include "sim/rdma/packet.hpp"

namespace dwcp::sim::rdma {

class Responder {
 public:
  // `arrivals_max` writes may have arrived and not be taken.
  Responder(std::size_t exposed, std::uint32_t key, unsigned arrivals_max, Psn start);

  struct Verdict {
    std::optional<Syndrome> answer;
    bool store = false;  // the payload, at `at`
    std::size_t at = 0;
    bool arrived = false;  // a write is whole
    bool fatal = false;    // a contract is broken: both sides fail
  };
  // Precondition: the header is of a packet of a write.
  Verdict take(const Header& header, std::size_t payload);
  // An arrival was reported: there is room for another.
  void arrival_taken() { --arrivals_; }

  // What an acknowledgement that is sent now names: the packet that is expected less one, and the writes so far.
  Psn expected() const { return to_psn(expected_); }
  std::uint32_t messages() const { return messages_; }

 private:
  Verdict refuse(Syndrome why);

  const std::size_t exposed_;
  const std::uint32_t key_;
  const unsigned arrivals_max_;
  unsigned arrivals_ = 0;
  std::uint32_t messages_ = 0;
  Sequence expected_;
  bool gap_reported_ = false;
  bool within_write_ = false;
  std::size_t at_ = 0, left_ = 0;  // of the write that is arriving
};

}  // namespace dwcp::sim::rdma
