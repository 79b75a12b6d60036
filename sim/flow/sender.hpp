// The sending half of a connection: which bytes leave when, what is found lost and sent again, and the timers. It gives
// the network loads of up to `train_max`, not packets: an eighth of the window at once, so that acknowledgements keep
// the clock of a window that is not full.
#pragma once

#include <ns3/event-id.h>

#include <deque>
#include <memory>
#include <optional>

#include "engine/base/bytes.hpp"
#include "sim/flow/byte_queue.hpp"
#include "sim/flow/congestion.hpp"
#include "sim/flow/ledger.hpp"
#include "sim/flow/network.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim::flow {

// Whom the sender belongs to, and its way to the peer.
class SenderPort {
 public:
  virtual ~SenderPort() = default;
  // Something arrives: whether the peer takes it. One that is not there answers by itself.
  virtual bool reaches_peer() = 0;
  // The next bytes in order have arrived.
  virtual void deliver(ByteVector bytes) = 0;
  // The end of what the peer has room for, as an offset of the stream.
  virtual std::uint64_t peer_edge() = 0;
  // There may be room for more to write, or all that was to be sent has left.
  virtual void sender_progressed() = 0;
  // The peer has not answered for too long.
  virtual void gave_up() = 0;
  // Expires with the connection.
  virtual std::weak_ptr<void> alive() = 0;
};

class Sender final : private LoadSink {
 public:
  // The most that leaves at once: 2 ms at 1 Gbit/s. Less costs more events; more would make a short message wait behind
  // a long piece of its own stream.
  static constexpr std::uint64_t train_max = KiB(256).value;

  Sender(Network& network, SenderPort& port, Path there, Path back, const TcpOptions& options);
  ~Sender() override;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // The connection is made; `rtt` of its handshake.
  void start(Duration rtt);
  // Takes what there is room for; leaves at the end of what happens now.
  std::size_t write(const std::byte* bytes, std::size_t size);
  std::size_t write_room() const;
  // Of what was written; whoever writes is told when half of it is free.
  std::uint64_t unsent_max() const;
  Bytes unsent() const { return Bytes(unsent_.size()); }
  // Everything that was written has left at least once.
  bool all_sent() const { return unsent_.size() == 0; }
  bool all_acknowledged() const { return all_sent() && ledger_.empty(); }
  std::uint64_t next() const { return ledger_.next(); }
  // The peer says that it has room up to here.
  void window_opened(std::uint64_t edge);
  // Nothing leaves any more, and nothing that is under way arrives.
  void stop();
  // Takes what is known by now.
  void catch_up() { process_acks(); }

  platform::PathSample path_sample() const;
  void set_congestion(platform::CongestionControl control, std::uint64_t seed);

 private:
  // A train that has passed or is to pass.
  struct Passage {
    Ledger::Sent sent;
    std::uint32_t size;
    std::uint64_t segments, taken;
    TimePoint given;
  };
  struct Ack {
    Ledger::Sent sent;
    std::uint32_t got;
    std::uint64_t segments;  // that have arrived
    bool whole;              // nothing of it is missing
    bool tells_own_loss;     // segments that arrived after those that are missing say so
    TimePoint given, arrives, at;
    Duration spread;
    bool arrived = false, dead = false;
    std::uint64_t edge = 0;
  };
  struct Data {
    ByteVector bytes;
    std::uint32_t missing;  // at the peer
  };

  void load_passed(const Passed& load) override;
  void arrive(std::uint64_t number);
  void hand_over();
  void process_acks();
  void process(const Ack& ack, bool late);
  void detect_losses(const Ack& ack, TrainAck& told);
  void look_at_episode();

  void pull_soon();
  void pull();
  bool pull_one();
  void listen_for_ack();
  std::uint32_t train_size(std::uint32_t wanted, bool& limited) const;
  std::uint32_t peer_room() const;
  void give(Ledger::Sent sent, std::uint32_t size, bool again);
  void before_sending();
  void fit_pace();
  double wire_share() const;
  std::uint64_t segments_of(std::uint64_t size) const { return (size + segment_ - 1) / segment_; }

  std::optional<TimePoint> probe_deadline() const;
  void arm_timer();
  void on_timer();
  void on_timeout();
  void send_probe();
  void ask_for_window();

  Network& network_;
  SenderPort& port_;
  const Path there_, back_;
  const TcpOptions options_;
  const std::uint64_t segment_;
  Network::FlowId flow_;
  bool running_ = false;

  ByteQueue unsent_;
  Ledger ledger_;
  std::optional<Congestion> congestion_;
  std::deque<Data> data_;  // of the pieces from first_data_ on
  std::uint64_t first_data_ = 0;
  std::deque<Passage> passing_;
  std::deque<Ack> acks_;
  std::uint64_t first_ack_ = 0;  // number of acks_.front()
  TimePoint last_ack_at_{};
  bool gaps_ = false;  // something that has passed was not whole

  RetransmissionTime rto_;
  BitRate delivery_rate_{0};
  std::uint64_t recovery_point_ = 0, probe_end_ = ~std::uint64_t{0};
  std::uint64_t known_edge_ = 0;
  unsigned timeouts_ = 0, window_probes_ = 0;
  TimePoint rto_from_{}, last_new_{}, release_at_{}, limited_at_{TimePoint::min()};
  bool window_closed_ = false;
  std::uint64_t segments_sent_ = 0, segments_again_ = 0;
  bool processing_ = false;

  ns3::EventId pull_, release_, ack_, timer_;
  TimePoint timer_at_{};
};

}  // namespace dwcp::sim::flow
