// One end of a connection, as a kernel holds it: set-up, the two directions, the end. What a process sees of it goes
// through SocketOwner; a connection that was closed lives on until its data has arrived.
#pragma once

#include "sim/flow/sender.hpp"

namespace dwcp::sim::flow {

class Host;

// An IPv4 address in host order, and a port.
struct Address {
  std::uint32_t ip = 0;
  std::uint16_t port = 0;
  friend auto operator<=>(const Address&, const Address&) = default;
};

// From one machine to an address and back.
struct Route {
  Path there, back;
  std::uint32_t source = 0;  // the machine's own address on that way
  Host* peer = nullptr;
};

enum class SocketEnd { refused, timed_out, reset };

class SocketOwner {
 public:
  virtual ~SocketOwner() = default;
  virtual void socket_connected() = 0;
  virtual void socket_readable() = 0;  // bytes, or the end of the stream
  virtual void socket_writable() = 0;
  virtual void socket_ended(SocketEnd end) = 0;  // the last call
};

class Socket final : private SenderPort, public std::enable_shared_from_this<Socket> {
 public:
  Socket(Host& host, Network& network, Address local, Address remote, Route route, const TcpOptions& options);

  void set_owner(SocketOwner* owner) { owner_ = owner; }

  // Of the one who connects: asks, again and again.
  void connect();
  std::size_t write(const std::byte* bytes, std::size_t size) { return sender_.write(bytes, size); }
  // 0: nothing there now, or the end.
  std::size_t read(std::byte* bytes, std::size_t size);
  bool at_end() const { return ended_by_peer() && received_.size() == 0; }
  std::size_t readable() const { return received_.size(); }
  // The peer reads the end after what was written.
  void shut_down();
  // Nobody reads or writes any more; what was written still arrives. With bytes unread the peer is told by a reset that
  // they were not taken.
  void close();
  // Tells the peer and forgets the connection.
  void reset();
  // Forgets it without a word.
  void forget();
  bool gone() const { return gone_; }
  // Both ends are closed, and everything has arrived.
  bool finished() const { return fin_acknowledged_ && ended_by_peer(); }

  const Address& local() const { return local_; }
  const Address& remote() const { return remote_; }
  Duration handshake_rtt() const { return handshake_rtt_; }
  platform::PathSample path_sample();
  void set_congestion(platform::CongestionControl control, std::uint64_t seed) {
    sender_.set_congestion(control, seed);
  }
  const TcpOptions& options() const { return options_; }

  // For the host and the peer.
  void asked_by(const std::shared_ptr<Socket>& client);  // of the one who was asked
  void answer();                                         // says yes, and again until it is heard
  void answered(const std::shared_ptr<Socket>& server);  // to the one who asked
  void on_reset();
  const std::weak_ptr<Socket>& peer() const { return peer_; }
  bool established() const { return established_; }

 private:
  bool reaches_peer() override;
  void deliver(ByteVector bytes) override;
  std::uint64_t peer_edge() override;
  void sender_progressed() override;
  void gave_up() override { end(SocketEnd::reset); }
  std::weak_ptr<void> alive() override { return weak_from_this(); }

  void ask();
  void tell_reset_from_peer();
  void establish();
  void take(ByteVector bytes);
  std::uint64_t edge();
  void send_fin();
  void on_fin(std::uint64_t at);
  bool ended_by_peer() const { return fin_at_ && received_total_ == *fin_at_; }
  void acknowledge_fin();
  void end(SocketEnd end);
  // To the peer's machine, if both have power when it leaves and when it arrives.
  void tell(Bytes size, std::function<void()> arrived);
  Duration retry_after(unsigned attempt) const;

  Host& host_;
  Network& network_;
  const Address local_, remote_;
  const Route route_;
  const TcpOptions options_;
  SocketOwner* owner_ = nullptr;
  std::weak_ptr<Socket> peer_;
  bool asked_ = false, established_ = false, gone_ = false, orphan_ = false;
  unsigned attempts_ = 0;
  TimePoint asked_at_{};
  Duration handshake_rtt_{0};

  ByteQueue received_;
  std::uint64_t received_total_ = 0, edge_told_ = 0;
  bool shut_ = false, fin_sent_ = false, fin_acknowledged_ = false;
  std::optional<std::uint64_t> fin_at_;
  unsigned fins_ = 0;

  ns3::EventId retry_;
  Sender sender_;
};

}  // namespace dwcp::sim::flow
