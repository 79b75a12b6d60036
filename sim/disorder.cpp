#include "sim/disorder.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

constexpr std::uint16_t protocol_of_ipv4 = 0x0800;
constexpr std::uint8_t protocol_of_tcp = 6;

// Where the payload of a TCP segment begins; its size when it has none, or is no TCP segment.
std::size_t payload_of(const std::vector<std::uint8_t>& packet) {
  constexpr std::size_t ip_header_min = 20, tcp_header_min = 20, tcp_offset_at = 12;
  if (packet.size() < ip_header_min || packet[9] != protocol_of_tcp) return packet.size();
  const std::size_t tcp = std::size_t{4} * (packet[0] & 0x0f);
  if (packet.size() < tcp + tcp_header_min) return packet.size();
  return std::min(packet.size(), tcp + std::size_t{4} * (packet[tcp + tcp_offset_at] >> 4));
}

void check_share(double share, const char* name) {
  if (!(share >= 0 && share <= 1))
    throw Error(Errc::bad_value, std::string(name) + " of packets: " + std::to_string(share) + " is not within 0..1");
}

}  // namespace

void check(const DisorderOptions& options) {
  check_share(options.duplicate, "duplicated share");
  check_share(options.reorder, "reordered share");
  check_share(options.corrupt, "corrupted share");
  if (options.reorder_by <= Duration::zero())
    throw Error(Errc::bad_value, "reordering by " + dwcp::to_string(options.reorder_by) + ": must be above 0");
}

Duration Disorder::holds_back() {
  if (options_.reorder == 0 || !reordering_.chance(options_.reorder)) return Duration::zero();
  return reordering_.between(Duration(1), options_.reorder_by + Duration(1));
}

ns3::Ptr<ns3::Packet> Disorder::passed_on(ns3::Ptr<ns3::Packet> packet, std::uint16_t protocol, bool& corrupted) {
  corrupted = false;
  if (options_.corrupt == 0 || protocol != protocol_of_ipv4 || !corrupting_.chance(options_.corrupt)) return packet;
  std::vector<std::uint8_t> bytes(packet->GetSize());
  packet->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  const std::size_t payload = payload_of(bytes);
  if (payload >= bytes.size()) return packet;
  corrupted = true;
  bytes[payload + corrupting_.below(bytes.size() - payload)] ^= static_cast<std::uint8_t>(1u << corrupting_.below(8));
  return ns3::Create<ns3::Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

}  // namespace dwcp::sim
