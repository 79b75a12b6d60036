#include "sim/rdma/packet.hpp"

namespace dwcp::sim::rdma {
namespace {

constexpr std::size_t base_size = 12, extended_size = 16, immediate_size = 4, acknowledge_size = 4, crc_size = 4;
constexpr std::size_t congestion_reserved = 16;

bool begins_write(Opcode o) { return o == Opcode::write_first || o == Opcode::write_only; }
bool ends_write(Opcode o) { return o == Opcode::write_last || o == Opcode::write_only; }

bool is_known(Opcode o) {
  switch (o) {
    case Opcode::write_first:
    case Opcode::write_middle:
    case Opcode::write_last:
    case Opcode::write_only:
    case Opcode::acknowledge:
    case Opcode::congestion:
      return true;
  }
  return false;
}

bool is_known(Syndrome s) {
  switch (s) {
    case Syndrome::acknowledged:
    case Syndrome::not_ready:
    case Syndrome::sequence_error:
    case Syndrome::invalid_request:
    case Syndrome::access_error:
      return true;
  }
  return false;
}

std::size_t header_size(Opcode o) {
  return base_size + crc_size + (begins_write(o) ? extended_size : 0) + (ends_write(o) ? immediate_size : 0) +
         (o == Opcode::acknowledge ? acknowledge_size : 0) + (o == Opcode::congestion ? congestion_reserved : 0);
}

}  // namespace

std::size_t encode(const Header& h, HeaderBytes& into) {
  into.fill(std::byte{0});
  std::byte* at = into.data();
  store_be(at, static_cast<std::uint8_t>(h.opcode));
  store_be(at + 2, std::uint16_t{0xffff});  // the default partition
  store_be(at + 4, h.destination & number_max);
  store_be(at + 8, (h.ack_request ? 0x80000000u : 0u) | (h.psn & psn_mask));
  at += base_size;
  if (begins_write(h.opcode)) {
    store_be(at, h.address);
    store_be(at + 8, h.key);
    store_be(at + 12, h.length);
    at += extended_size;
  }
  if (ends_write(h.opcode)) store_be(at, h.immediate);
  if (h.opcode == Opcode::acknowledge)
    store_be(at, (std::uint32_t{static_cast<std::uint8_t>(h.syndrome)} << 24) | (h.messages & 0xffffff));
  return header_size(h.opcode);
}

std::optional<DecodedHeader> decode(ByteSpan packet) {
  if (packet.size() < base_size + crc_size) return std::nullopt;
  const std::byte* at = packet.data();
  Header h;
  h.opcode = static_cast<Opcode>(load_be<std::uint8_t>(at));
  if (!is_known(h.opcode) || packet.size() < header_size(h.opcode)) return std::nullopt;
  h.destination = load_be<std::uint32_t>(at + 4) & number_max;
  const auto last = load_be<std::uint32_t>(at + 8);
  h.ack_request = (last & 0x80000000u) != 0;
  h.psn = last & psn_mask;
  at += base_size;
  if (begins_write(h.opcode)) {
    h.address = load_be<std::uint64_t>(at);
    h.key = load_be<std::uint32_t>(at + 8);
    h.length = load_be<std::uint32_t>(at + 12);
    at += extended_size;
  }
  if (ends_write(h.opcode)) h.immediate = load_be<std::uint32_t>(at);
  if (h.opcode == Opcode::acknowledge) {
    const auto extension = load_be<std::uint32_t>(at);
    h.syndrome = static_cast<Syndrome>(extension >> 24);
    h.messages = extension & 0xffffff;
    if (!is_known(h.syndrome)) return std::nullopt;
  }
  return DecodedHeader{h, header_size(h.opcode)};
}

std::uint32_t path_mtu(Bytes link_mtu) {
  std::uint32_t mtu = 4096;
  while (mtu > 256 && Bytes(mtu) + packet_overhead_max > link_mtu) mtu /= 2;
  return mtu;
}

}  // namespace dwcp::sim::rdma
