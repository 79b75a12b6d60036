// A queue pair on its adapter: pacing, the transport timer, and the ways to fail.
#pragma once

#include <ns3/event-id.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "sim/rdma/adapter.hpp"
#include "sim/rdma/address.hpp"
#include "sim/rdma/dcqcn.hpp"
#include "sim/rdma/requester.hpp"
#include "sim/rdma/responder.hpp"

namespace dwcp::sim::rdma {

// Attempts that follow the first one before a peer that has answered is given up: the most that 3 bits hold.
constexpr unsigned retries_max = 7;
// The same before its first answer: it may not have connected yet, which the port allows to take a few seconds. With a
// real adapter the connection manager covers that time.
constexpr unsigned retries_before_answer_max = 63;

struct PairLimits {  // each >= 1
  Bytes exposed{0}, own{0};
  unsigned writes_max = 1, arrivals_max = 1;
};

// Called from ns-3's events, never from within a call of the pair; except failed(), by Adapter::set_on(). It must not
// destroy the pair.
class PairUser {
 public:
  virtual void written() = 0;
  virtual void arrived(std::uint32_t immediate) = 0;
  virtual void failed(Failure failure) = 0;  // the last call

 protected:
  ~PairUser() = default;
};

class Pair final : private Port::Client {
 public:
  // Made by Adapter::open().
  Pair(Adapter& adapter, const PairAddress& address, const PairLimits& limits, PairUser& user);
  ~Pair();
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  const PairAddress& address() const { return address_; }
  Bytes memory() const { return limits_.exposed + limits_.own; }
  MutableByteSpan exposed() { return {exposed_.get(), limits_.exposed.value}; }
  MutableByteSpan own() { return {own_.get(), limits_.own.value}; }

  // Throws Error(unreachable) without a route, Error(already_exists) when it is connected.
  void connect(const PairAddress& peer);
  // Throws Error(bad_value) for a range outside own() or longer than write_length_max, or before connect();
  // Error(out_of_budget) beyond writes_max. Nothing happens after a failure.
  void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate);
  // One more arrival was reported to the process.
  void arrival_taken() { responder_->arrival_taken(); }
  // Vanishes without a word, as for Adapter::set_on() with one.
  void end();
  void fail(const Failure& failure);
  // At most the link's.
  BitRate rate();

 private:
  friend class Adapter;
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<std::byte, Free>;
  static Memory allocate(Bytes size);

  void receive(const Header& header, const ns3::Packet& payload, bool marked);
  void receive_write(const Header& header, const ns3::Packet& payload, bool marked);
  void receive_answer(const Header& header);
  void answer(Syndrome syndrome);
  void notify(TimePoint now);
  void refused(Syndrome why);
  void progressed();

  void send_when_due();
  void send_burst() override;
  void go_back();
  void give_up();
  void start_timer(TimePoint now);
  void timer_expired();

  Adapter& adapter_;
  const PairAddress address_;
  const PairLimits limits_;
  PairUser& user_;
  Memory exposed_, own_;

  bool connected_ = false, ended_ = false;
  PairAddress peer_;
  ns3::Ptr<ns3::Ipv4Route> route_;
  Port* port_ = nullptr;
  std::optional<Requester> requester_;
  std::optional<Responder> responder_;
  std::optional<Dcqcn> control_;
  BitRate line_{0};

  TimePoint free_at_{};  // when the pace allows the next burst
  ns3::EventId pace_event_, timer_event_;
  bool pace_armed_ = false, waiting_ = false, timer_armed_ = false;
  TimePoint deadline_{};  // of the oldest unacknowledged packet's answer
  unsigned retries_ = 0;
  bool answered_ = false;  // the peer, ever
  std::optional<TimePoint> notified_at_;
};

}  // namespace dwcp::sim::rdma
