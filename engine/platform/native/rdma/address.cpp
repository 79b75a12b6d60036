#include "engine/platform/native/rdma/address.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/platform/queue_pair.hpp"

namespace dwcp::platform::native::rdma {
namespace {

constexpr std::uint32_t address_magic = 0x31717264;  // "drq1": another layout has another number
constexpr std::uint32_t number_end = 1U << 24;
constexpr std::size_t address_size = 4 + 16 + 4 + 4 + 1 + 8 + 8 + 4;
static_assert(address_size <= QueuePair::address_max);

Failure wrong_field(const std::string& what) { return {Errc::bad_value, "address of an RDMA queue pair: " + what}; }

}  // namespace

ByteVector write_address(const PairAddress& a) {
  FieldWriter out;
  out.put(address_magic).put_bytes(a.gid).put(a.number).put(a.first_packet).put(a.mtu);
  out.put(a.memory).put(a.length).put(a.key);
  return out.take();
}

Result<PairAddress> read_address(ByteSpan bytes) {
  if (bytes.size() != address_size)
    return wrong_field("has " + std::to_string(bytes.size()) + " bytes, not " + std::to_string(address_size));
  FieldReader in(bytes);
  if (const auto magic = in.get<std::uint32_t>(); magic != address_magic)
    return wrong_field("begins with " + std::to_string(magic) + ", not " + std::to_string(address_magic));
  PairAddress a;
  std::ranges::copy(in.get_bytes(a.gid.size()), a.gid.begin());
  a.number = in.get<std::uint32_t>();
  a.first_packet = in.get<std::uint32_t>();
  a.mtu = in.get<std::uint8_t>();
  a.memory = in.get<std::uint64_t>();
  a.length = in.get<std::uint64_t>();
  a.key = in.get<std::uint32_t>();
  if (a.gid == Gid{} || a.gid[0] == std::byte{0xff}) return wrong_field("its GID is not that of one port");
  if (a.number < 2 || a.number >= number_end)
    return wrong_field("queue pair number " + std::to_string(a.number) + " is not within 2 to 16777215");
  if (a.first_packet >= number_end)
    return wrong_field("packet number " + std::to_string(a.first_packet) + " is not below 16777216");
  if (a.mtu < 1 || a.mtu > 5) return wrong_field("MTU number " + std::to_string(a.mtu) + " is not within 1 to 5");
  if (a.length < 1 || a.length > std::numeric_limits<std::uint64_t>::max() - a.memory)
    return wrong_field("memory of " + std::to_string(a.length) + " bytes at " + std::to_string(a.memory) +
                       " is not within 64 bits");
  return a;
}

}  // namespace dwcp::platform::native::rdma
