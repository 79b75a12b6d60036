// Virtual time of one encoder core, one link and one decoder core, which batches pass one after the other. What a batch
// takes of each is given; how many may be under way is bounded as in engine/migration/stream_sender.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

namespace dwcp::bench {

struct Link {
  double bit_rate = 0;  // bits per second, > 0
  double rtt = 0;       // seconds
};

// What one batch takes. Seconds of processor time.
struct BatchCost {
  double encode = 0, decode = 0;
  double bookkeeping = 0;             // of the encoder core, before it: acknowledgements that had come
  std::uint64_t wire = 0, guest = 0;  // bytes of payload, and of the guest's stream, held until acknowledged
};

// Sums of what was passed.
struct Busy {
  double encoder = 0, link = 0, decoder = 0;  // seconds
};

class Timeline {
 public:
  explicit Timeline(Link link) : link_(link) {}

  // When the encoder can begin a batch of so much of the guest's stream.
  double can_begin(std::uint64_t guest_bytes) const;
  // Bytes that wait for the link when the encoder is free next, and how many may.
  double waiting() const;
  double line_limit() const;
  // Returns when its acknowledgement comes.
  double pass(const BatchCost& cost);
  // Waits until everything has been acknowledged.
  void drain();
  // When everything passed so far has been decoded.
  double decoded() const { return decoder_free_; }
  double now() const { return encoder_free_; }
  const Busy& busy() const { return busy_; }

 private:
  double when_line_has_room(double from, std::uint64_t bytes) const;

  Link link_;
  double encoder_free_ = 0, link_free_ = 0, decoder_free_ = 0, acknowledged_ = 0;
  std::deque<double> handed_over_;  // to the link: the latest batches
  struct Waiting {
    double begins;  // on the link
    std::uint64_t wire;
  };
  std::deque<Waiting> line_;
  struct Held {
    double until;
    std::uint64_t guest;
  };
  std::deque<Held> held_;
  Busy busy_;
};

}  // namespace dwcp::bench
