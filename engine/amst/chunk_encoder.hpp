// Turns chunks into frames, piece by piece: each piece is checksummed just before it is written, while the processor
// has it in its cache.
#pragma once

#include <boost/asio/buffer.hpp>
#include <deque>
#include <span>
#include <vector>

#include "engine/amst/send_queue.hpp"
#include "engine/amst/wire.hpp"

namespace dwcp::amst {

class ChunkEncoder {
 public:
  // `check_bodies` as in FrameRules::body_checked.
  ChunkEncoder(std::uint32_t session_tag, bool check_bodies) : session_tag_(session_tag), check_bodies_(check_bodies) {}

  void add(Outgoing chunk);
  // The next frame bytes with about `payload_max` bytes of payload (> 0); valid until the next call. Empty at the end.
  std::span<const boost::asio::const_buffer> next(Bytes payload_max);
  bool done() const { return chunks_.size() == finished_; }
  Bytes wire_size() const { return size_; }  // of everything added, framing included

 private:
  struct Frame {
    Outgoing chunk;
    wire::HeaderBytes header;
    wire::TrailerBytes trailer;
    std::uint32_t checksum = 0;
    std::size_t slice = 0, offset = 0;  // what comes next
    bool header_out = false;
  };
  void take_payload(Frame& frame, std::size_t& room);

  std::uint32_t session_tag_;
  bool check_bodies_;
  Bytes size_{0};
  std::deque<Frame> chunks_;
  std::size_t finished_ = 0;  // frames at the front whose bytes the last piece still refers to
  std::vector<boost::asio::const_buffer> piece_;
};

}  // namespace dwcp::amst
