// An encoder and a decoder with a bad channel and an inattentive receiver between them, driven by one random stream.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/hde/base_cache.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/encoder.hpp"
#include "tests/property/engine/hde/heap_side.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde::testing {

// Chances per batch, unless said otherwise.
struct Misfortune {
  double lost = 0;            // never arrives; the sender learns it, as when a session ends
  double doubled = 0;         // arrives twice
  double damaged = 0;         // one byte is changed
  double impatient = 0;       // the receiver does not wait for what a batch copies from
  double base_forgotten = 0;  // per delta: the receiver has not got the base
  double base_damaged = 0;    // per delta: the receiver's base is wrong
};

struct SessionShape {
  std::size_t pages = 120;
  EncoderConfig encoder;
  DecoderConfig decoder;
  std::size_t batch_pages = 40;  // at most
  std::size_t sent_at_once = 1;  // batches
  double windowed = 0.7;         // batches that may copy from others
  Bytes receiver_cache{0};       // 0: bases are read from the destination's memory
  Misfortune misfortune;
};

class UnreliableSession {
 public:
  UnreliableSession(const SessionShape& shape, std::uint64_t seed);

  // One of: the guest runs, some dirty pages are sent, a batch arrives, an answer arrives. In any order.
  void step();
  // Lets everything arrive and be repaired, without further misfortune. Returns the number of rounds that it took;
  // more than `rounds_max` means that it does not end.
  std::size_t finish(std::size_t rounds_max);
  // Another migration of a guest whose memory is unknown to the destination, with what both ends kept of the window;
  // the other way round if `back`. Precondition: finish() came to an end.
  void begin_next(bool back);

  const Memory& memory() const { return memory_; }
  const Destination& destination() const { return destination_; }
  Digest sent_digest() const { return encoder_->digest(); }
  Digest received_digest() const { return decoder_->digest(); }
  const Encoder& encoder() const { return *encoder_; }
  const Decoder& decoder() const { return *decoder_; }
  const BaseCache* cache() const { return cache_.get(); }
  std::size_t batches_waiting() const { return waiting_.size(); }
  // Whose the encoder is, and whose the decoder: for counting what each takes.
  HeapSide sender_side() const { return sender_; }
  HeapSide receiver_side() const { return receiver_; }
  std::uint64_t rejected() const { return rejected_; }
  const ClassStats& stats() const { return stats_; }

 private:
  class ForgetfulBases;
  struct InFlight {
    BatchId id;
    Slice payload;
  };
  struct Answer {
    BatchId id;
    std::vector<PageVersion> rejected;
    bool lost = false;
  };

  void begin(const KeptWindow& sent, const KeptWindow& held);
  void run_guest();
  void send_dirty();
  void send_some();
  void send(Plan plan);
  void deliver_one();
  void receive(const InFlight& batch);
  void apply(BatchId id, Unpacked batch);
  void apply_waiting(bool all);
  void answer_one();
  template <class T>
  T take_any(std::vector<T>& from);

  SessionShape shape_;
  Random random_;
  Memory memory_;
  Destination destination_;
  std::unique_ptr<BaseCache> cache_;
  HeapSide sender_ = HeapSide::a, receiver_ = HeapSide::b;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> decoder_;
  std::set<std::size_t> dirty_;
  std::vector<std::uint64_t> versions_;
  std::vector<InFlight> in_flight_;
  std::vector<std::pair<BatchId, Unpacked>> waiting_;  // for what they copy from
  std::vector<Answer> answers_;
  std::uint64_t rejected_ = 0;
  ClassStats stats_;
};

}  // namespace dwcp::hde::testing
