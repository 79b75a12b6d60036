// A TCP socket whose sender behaves as Linux's: RACK loss detection that also finds lost retransmissions, proportional
// rate reduction, tail loss probes, correct delivery-rate samples, pacing in small bursts. It keeps ns-3's connection
// set-up and wire format, and replaces its transmit and receive paths, whose defects are listed in README.md.
// Made by make_tcp_socket() (options.hpp); use it through ns3::Socket.
#pragma once

#include <ns3/tcp-socket-base.h>

#include <deque>
#include <map>

#include "engine/platform/stream.hpp"
#include "sim/tcp/recovery.hpp"
#include "sim/tcp/scoreboard.hpp"

namespace dwcp::sim {

class LinuxTcpSocket : public ns3::TcpSocketBase {
 public:
  static ns3::TypeId GetTypeId();
  LinuxTcpSocket() = default;
  LinuxTcpSocket(const LinuxTcpSocket&);  // a listener's copy for an accepted connection: options only
  ~LinuxTcpSocket() override;

  int Send(ns3::Ptr<ns3::Packet> packet, std::uint32_t flags) override;
  // At most one segment a call: read until it returns null, or an empty packet at the end of the stream.
  ns3::Ptr<ns3::Packet> Recv(std::uint32_t max_size, std::uint32_t flags) override;
  int ShutdownSend() override;
  int Close() override;
  std::uint32_t GetRxAvailable() const override;
  // Whole segments, since parts would have to be joined again; bounded by what may wait unsent, so that a writer's data
  // does not pile up in front of a slow path.
  std::uint32_t GetTxAvailable() const override;

  void set_unsent_max(Bytes bound) { unsent_max_ = bound; }
  platform::PathSample path_sample() const;
  // 0: not known yet. The base class's own sample is whole milliseconds of the timestamp option.
  Duration handshake_rtt() const { return handshake_rtt_; }
  // Of a connection in use: `algorithm`, which is new, goes on with the window and the losses that there are.
  void change_congestion(const ns3::Ptr<ns3::TcpCongestionOps>& algorithm);

 protected:
  ns3::Ptr<TcpSocketBase> Fork() override;
  void DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to) override;
  void ReceivedAck(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header) override;
  void ReceivedData(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header) override;
  void SendEmptyPacket(std::uint8_t flags) override;
  void DelAckTimeout() override { SendEmptyPacket(ack_flag); }
  void EstimateRtt(const ns3::TcpHeader& header) override;
  void PersistTimeout() override;
  void LastAckTimeout() override {}  // the FIN has a timer of its own
  std::uint32_t BytesInFlight() const override;
  std::uint32_t AvailableWindow() const override { return 0; }  // keeps the base class from transmitting
  std::uint16_t AdvertisedWindowSize(bool scale) const override;

 private:
  static constexpr std::uint8_t ack_flag = 16;
  static constexpr std::size_t sack_blocks_max = 3;  // that fit beside a timestamp
  using CongestionState = ns3::TcpSocketState::TcpCongState_t;

  // Receiving acknowledgements (socket_ack.cpp)
  bool refuse_stray(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from, const ns3::Address& to);
  bool intercept(const ns3::Ptr<ns3::Packet>& packet);
  Scoreboard::Delivery take_acknowledgement(const ns3::TcpHeader& header);
  void take_rtt(Duration rtt);
  void update_loss_state();
  void enter_recovery();
  void set_state(CongestionState state);
  void control_congestion(const Scoreboard::Delivery&, Bytes newly_lost, Bytes prior_in_flight);
  bool in_loss_episode() const;

  // Receiving data (socket_receive.cpp)
  void send_acknowledgement();
  void acknowledge_in_time(bool at_once);
  void keep_early(std::uint64_t begin, const ns3::Ptr<ns3::Packet>& packet);
  void take_in_order(ns3::Ptr<ns3::Packet> packet);
  std::uint32_t receive_room() const;

  // Transmitting (socket.cpp)
  bool may_transmit() const;
  std::uint64_t unsent() const;
  Bytes window() const { return Bytes(m_tcb->m_cWnd.Get()); }
  Bytes segment_size() const { return Bytes(m_tcb->m_segmentSize); }
  void transmit();
  bool transmit_one();
  bool paced_out();
  void account_pacing(std::uint32_t size);
  void send_new(std::uint32_t size);
  void send_segment(std::uint64_t index);
  void send_packet(const ns3::Ptr<ns3::Packet>& packet, ns3::SequenceNumber32 sequence, bool with_sack = false);
  void restart_after_idle();
  void note_window_use(bool limited);
  void schedule_transmit();
  void finish_sending();

  // Timers (socket_timer.cpp)
  void schedule_timer();
  std::optional<TimePoint> probe_deadline() const;
  std::optional<TimePoint> next_deadline() const;
  void on_timer();
  void send_tail_probe();
  void on_timeout();
  void give_up();

  Scoreboard board_;
  std::deque<ns3::Ptr<ns3::Packet>> payloads_;  // of the scoreboard's segments, in their order
  RetransmissionTime rto_;
  RateReduction reduction_;
  std::uint64_t recovery_point_ = 0;
  unsigned timeouts_ = 0;  // in a row
  unsigned fins_ = 0;
  bool fin_acknowledged_ = false;
  Bytes unsent_max_ = KiB(256);
  TimePoint syn_at_;  // the last that was sent
  Duration handshake_rtt_{0};
  std::uint64_t sent_ = 0, retransmitted_ = 0;  // segments; both count those that are sent again
  BitRate delivery_rate_;

  // Whether the window limited sending in the last round trip: it grows only then.
  bool window_limited_ = false;
  std::uint64_t window_use_ends_ = 0;
  std::size_t segments_out_max_ = 0;

  ns3::EventId timer_, pacing_timer_, transmit_event_;
  TimePoint timer_at_;
  TimePoint rto_from_, last_new_send_, pacing_next_;
  std::uint64_t probe_end_ = 0;  // next() at the last tail probe; there is one for each flight
  unsigned quick_acks_ = 16;     // segments at the start that are acknowledged at once

  // What arrived: in order and not yet read; beyond a hole, by stream offset. ns-3's own buffer only counts.
  std::uint64_t receive_next_ = 0;
  std::deque<ns3::Ptr<ns3::Packet>> ready_;
  std::uint32_t ready_size_ = 0;
  std::map<std::uint64_t, ns3::Ptr<ns3::Packet>> early_;
  std::map<std::uint64_t, std::uint64_t> early_runs_;  // [begin, end) of neighbours in early_
  std::deque<Scoreboard::Range> recent_runs_;          // the last that changed, newest first, as SACK blocks
  mutable std::uint64_t advertised_edge_ = 0;
};

}  // namespace dwcp::sim
