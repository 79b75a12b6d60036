#include "sim/rdma/adapter.hpp"

#include <ns3/header.h>
#include <ns3/ipv4-end-point.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/udp-l4-protocol.h>

#include <algorithm>

#include "sim/rdma/pair.hpp"

namespace dwcp::sim::rdma {
namespace {

constexpr std::size_t udp_size = 8;
constexpr std::uint8_t time_to_live = 64;

// UDP's header and the transport's, as one piece.
class HeaderOnPacket final : public ns3::Header {
 public:
  explicit HeaderOnPacket(const rdma::Header& header, std::size_t payload) {
    HeaderBytes bytes;
    const std::size_t size = encode(header, bytes);
    size_ = udp_size + size;
    // The source port spreads pairs over paths (annex A17); the upper quarter of all ports.
    store_be(bytes_.data(), static_cast<std::uint16_t>(0xc000 | (header.destination & 0x3fff)));
    store_be(bytes_.data() + 2, udp_port);
    store_be(bytes_.data() + 4, static_cast<std::uint16_t>(size_ + payload));
    std::copy_n(bytes.begin(), size, bytes_.begin() + udp_size);
  }
  static ns3::TypeId GetTypeId() {
    static ns3::TypeId id = ns3::TypeId("dwcp::sim::rdma::HeaderOnPacket").SetParent<ns3::Header>();
    return id;
  }
  ns3::TypeId GetInstanceTypeId() const override { return GetTypeId(); }
  void Print(std::ostream&) const override {}
  std::uint32_t GetSerializedSize() const override { return static_cast<std::uint32_t>(size_); }
  void Serialize(ns3::Buffer::Iterator at) const override {
    at.Write(reinterpret_cast<const std::uint8_t*>(bytes_.data()), static_cast<std::uint32_t>(size_));
  }
  std::uint32_t Deserialize(ns3::Buffer::Iterator) override { return 0; }  // received bytes go through decode()

 private:
  std::array<std::byte, udp_size + header_max> bytes_{};
  std::size_t size_;
};

}  // namespace

Adapter::Adapter(std::string machine, const ns3::Ptr<ns3::Node>& node, Random random)
    : machine_(std::move(machine)), ipv4_(node->GetObject<ns3::Ipv4>()), random_(random) {
  auto* const end_point = node->GetObject<ns3::UdpL4Protocol>()->Allocate(ns3::Ptr<ns3::NetDevice>(), udp_port);
  end_point->SetRxCallback(ns3::MakeCallback(&Adapter::receive, this));
}

Adapter::~Adapter() = default;

void Adapter::add_port(ns3::Ptr<ns3::NetDevice> device, std::uint32_t address, Egress egress) {
  if (!inner_) inner_ = std::make_unique<Port>(Egress{egress.rate, [] { return Bytes(0); }});
  ports_.push_back({std::move(device), address, std::make_unique<Port>(std::move(egress))});
}

bool Adapter::has_address(std::uint32_t address) const {
  return std::ranges::any_of(ports_, [&](const PortEntry& p) { return p.address == address; });
}

// A pair that fails leaves the map.
void Adapter::set_on(bool on) {
  on_ = on;
  while (!on_ && !pairs_.empty())
    pairs_.begin()->second->fail({Errc::unreachable, "the RDMA adapter of '" + machine_ + "' is down"});
}

void Adapter::fit_round_trip(Duration rtt) {
  while (timeout_exponent_ < timeout_exponent_max && timeout() < 4 * rtt) ++timeout_exponent_;
}

std::unique_ptr<Pair> Adapter::open(std::uint32_t host, const PairLimits& limits, PairUser& user) {
  if (!on_) return nullptr;
  if (limits.exposed.value == 0 || limits.own.value == 0 || limits.writes_max == 0 || limits.arrivals_max == 0)
    throw Error(Errc::bad_value, "a queue pair with " + to_string(limits.exposed) + " exposed, " +
                                     to_string(limits.own) + " own, " + std::to_string(limits.writes_max) +
                                     " writes and " + std::to_string(limits.arrivals_max) +
                                     " arrivals: each must be 1 or more");
  if (pairs_.size() == pairs_max)
    throw Error(Errc::out_of_budget,
                "the RDMA adapter of '" + machine_ + "' has " + std::to_string(pairs_max) + " queue pairs, its most");
  const Bytes left = registered_max - registered_;
  if (limits.exposed > left || limits.own > left - limits.exposed)
    throw Error(Errc::out_of_budget, "memory of a queue pair, " + to_string(limits.exposed) + " and " +
                                         to_string(limits.own) + ": the RDMA adapter of '" + machine_ + "' registers " +
                                         to_string(left) + " more");
  do {
    last_number_ = last_number_ == number_max ? 1 : last_number_ + 1;
  } while (pairs_.contains(last_number_));
  const PairAddress address{.host = host,
                            .number = last_number_,
                            .start = static_cast<Psn>(random_.below(psn_mask + 1)),
                            .key = static_cast<std::uint32_t>(random_() >> 32),
                            .exposed = limits.exposed};
  auto pair = std::make_unique<Pair>(*this, address, limits, user);
  registered_ += limits.exposed + limits.own;
  pairs_.emplace(last_number_, pair.get());
  return pair;
}

void Adapter::forget(Pair& pair) {
  if (pairs_.erase(pair.address().number) > 0) registered_ = registered_ - pair.memory();
}

ns3::Ptr<ns3::Ipv4Route> Adapter::route_to(std::uint32_t host) const {
  ns3::Ipv4Header header;
  header.SetDestination(ns3::Ipv4Address(host));
  ns3::Socket::SocketErrno error = ns3::Socket::ERROR_NOTERROR;
  return ipv4_->GetRoutingProtocol()->RouteOutput(nullptr, header, nullptr, error);
}

Port& Adapter::port_of(const ns3::Ipv4Route& route) {
  for (PortEntry& entry : ports_)
    if (entry.device == route.GetOutputDevice()) return *entry.port;
  return *inner_;
}

Bytes Adapter::send(const ns3::Ptr<ns3::Ipv4Route>& route, const Header& header, ByteSpan payload, bool congestion) {
  const auto packet = payload.empty() ? ns3::Create<ns3::Packet>()
                                      : ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(payload.data()),
                                                                 static_cast<std::uint32_t>(payload.size()));
  packet->AddHeader(HeaderOnPacket(header, payload.size()));
  ns3::Ipv4Header ip;
  ip.SetSource(route->GetSource());
  ip.SetDestination(route->GetDestination());
  ip.SetProtocol(ns3::UdpL4Protocol::PROT_NUMBER);
  ip.SetTtl(time_to_live);
  ip.SetDontFragment();
  ip.SetPayloadSize(static_cast<std::uint16_t>(packet->GetSize()));
  ip.SetEcn(congestion ? ns3::Ipv4Header::ECN_ECT0 : ns3::Ipv4Header::ECN_NotECT);
  const Bytes size{packet->GetSize() + ip.GetSerializedSize()};
  ipv4_->SendWithHeader(packet, ip, route);
  return size;
}

void Adapter::receive(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header ip, std::uint16_t, ns3::Ptr<ns3::Ipv4Interface>) {
  if (!on_) return;
  HeaderBytes bytes;
  const std::size_t read = packet->CopyData(reinterpret_cast<std::uint8_t*>(bytes.data()), header_max);
  const auto decoded = decode(ByteSpan(bytes).first(read));
  if (!decoded) return;
  const auto pair = pairs_.find(decoded->header.destination);
  if (pair == pairs_.end()) return;
  packet->RemoveAtStart(static_cast<std::uint32_t>(decoded->size));
  pair->second->receive(decoded->header, *packet, ip.GetEcn() == ns3::Ipv4Header::ECN_CE);
}

}  // namespace dwcp::sim::rdma
