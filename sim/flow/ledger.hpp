// What a sender knows of what it has sent: pieces of the stream, and the trains of segments that carry them, once or
// again; what is in flight, delivered, lost; and the delivery-rate sample of each acknowledgement
// (draft-cheng-iccrg-delivery-rate-estimation). Trains arrive in the order in which they were sent, so that what was
// sent before a train that is acknowledged is acknowledged by then or lost (RACK, RFC 8985, without reordering).
// Without I/O. Offsets count bytes of the stream from 0.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "engine/base/units.hpp"

namespace dwcp::sim::flow {

class Ledger {
 public:
  struct Sent {
    std::uint64_t train, piece;  // numbers that count from 0 and do not end
  };
  // A new piece of `size` > 0 bytes leaves at next().
  Sent send(std::uint32_t size, TimePoint now);
  // `size` > 0 bytes of a piece leave again.
  Sent resend(std::uint64_t piece, std::uint32_t size, TimePoint now);

  struct Delivery {
    Bytes delivered;  // for the first time
    std::optional<Duration> rtt;
    Duration interval{0};  // of the rate sample; 0: not valid
    Bytes sample_delivered;
    bool app_limited = false;
  };
  // Of the train's bytes `got` have reached the peer, as is known now of the first and `spread` later of the last.
  // Rates count from last to last: a train that is longer than another is no faster.
  Delivery acknowledge(Sent sent, std::uint32_t got, TimePoint now, Duration spread = Duration(0));
  // What was sent before this train and is still in flight is lost; with `inclusive` what is left of the train too.
  Bytes lose_before(std::uint64_t train, bool inclusive);
  void lose_all();
  // The application has nothing to send: samples up to what is now in flight say nothing about the path.
  void mark_app_limited();

  struct Lost {
    std::uint64_t piece;
    std::uint32_t size;
  };
  std::optional<Lost> first_lost() const;
  // The last piece that is not acknowledged, and how much of it; for a tail loss probe.
  std::optional<Lost> last_open() const;

  bool empty() const { return pieces_.empty(); }
  std::uint64_t first_piece() const { return first_piece_; }  // that is not acknowledged as a whole
  std::uint64_t una() const { return pieces_.empty() ? next_ : pieces_.front().begin; }
  std::uint64_t next() const { return next_; }
  Bytes in_flight() const { return Bytes(in_flight_); }
  Bytes delivered() const { return Bytes(delivered_); }
  Duration min_rtt() const { return min_rtt_; }  // < 0: unknown

 private:
  struct Piece {
    std::uint64_t begin;
    std::uint32_t size, open, flying;  // not acknowledged; in flight
  };
  struct Train {
    std::uint64_t piece;
    std::uint32_t flying;
    bool again, app_limited;
    TimePoint sent;
    // The connection's state when it was sent, for the rate sample.
    std::uint64_t delivered;
    TimePoint delivered_at, first_sent;
  };
  Sent add_train(std::uint64_t piece, std::uint32_t size, bool again, TimePoint now);
  Piece* piece(std::uint64_t number);
  Train* train(std::uint64_t number);
  void land(Train& train, std::uint32_t size);
  void note_loss(std::uint64_t number);
  void forget_finished();

  std::deque<Piece> pieces_;
  std::deque<Train> trains_;
  std::uint64_t first_piece_ = 0, first_train_ = 0;
  std::set<std::uint64_t> lost_;  // pieces of which something waits to be sent again
  std::uint64_t next_ = 0, in_flight_ = 0, delivered_ = 0, app_limited_until_ = 0;
  TimePoint delivered_at_{}, first_sent_{};
  Duration min_rtt_{-1};
};

}  // namespace dwcp::sim::flow
