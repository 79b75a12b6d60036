// The transport headers of RoCE v2 (InfiniBand Architecture Specification, volume 1, chapter 9 and annex A17), as far
// as RDMA WRITE with immediate on the reliable connected service needs them. Big-endian, behind UDP.
#pragma once

#include <array>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"
#include "sim/rdma/sequence.hpp"

namespace dwcp::sim::rdma {

constexpr std::uint16_t udp_port = 4791;        // assigned to RoCE v2 by IANA
constexpr std::uint32_t number_max = 0xffffff;  // of queue pairs: 24 bits

enum class Opcode : std::uint8_t {  // section 9.2.1
  write_first = 0x06,
  write_middle = 0x07,
  write_last = 0x09,  // with immediate
  write_only = 0x0b,  // with immediate
  acknowledge = 0x11,
  congestion = 0x81,  // notification packet: annex A17
};

enum class Syndrome : std::uint8_t {  // section 9.7.5
  acknowledged = 0x1f,                // without credits
  not_ready = 0x20,                   // no arrival is expected
  sequence_error = 0x60,
  invalid_request = 0x61,
  access_error = 0x62,
};

// Which fields count depends on the opcode.
struct Header {
  Opcode opcode = Opcode::acknowledge;
  bool ack_request = false;
  std::uint32_t destination = 0;  // queue pair
  Psn psn = 0;
  std::uint64_t address = 0;                   // first, only: within the exposed region, which begins at 0
  std::uint32_t key = 0;                       // first, only
  std::uint32_t length = 0;                    // first, only: of the whole write, in bytes
  std::uint32_t immediate = 0;                 // last, only
  Syndrome syndrome = Syndrome::acknowledged;  // acknowledge
  std::uint32_t messages = 0;                  // acknowledge: completed so far, 24 bits
  friend bool operator==(const Header&, const Header&) = default;
};

// The invariant CRC counts as a part of the header and is neither computed nor checked: nothing damages packets here.
constexpr std::size_t header_max = 12 + 16 + 4 + 4;
// IPv4, UDP and the largest header.
constexpr Bytes packet_overhead_max{20 + 8 + header_max};
using HeaderBytes = std::array<std::byte, header_max>;

// Returns how many bytes it took.
std::size_t encode(const Header& header, HeaderBytes& into);

struct DecodedHeader {
  Header header;
  std::size_t size;
};
// Nothing for bytes that are no such header.
std::optional<DecodedHeader> decode(ByteSpan packet);

// The largest path MTU of the specification (256 ... 4096) whose packets fit `link_mtu`; 256 at least.
std::uint32_t path_mtu(Bytes link_mtu);

}  // namespace dwcp::sim::rdma
