#include "sim/rdma/address.hpp"

#include "engine/base/checksum.hpp"
#include "sim/rdma/packet.hpp"

namespace dwcp::sim::rdma {
namespace {

constexpr std::uint32_t address_mark = 0x31505152;  // "RQP1"
constexpr std::size_t address_size = 32;

Failure no_address(const std::string& why) { return {Errc::bad_value, "address of a simulated queue pair: " + why}; }

}  // namespace

ByteVector encode(const PairAddress& a) {
  FieldWriter writer;
  writer.put(address_mark).put(a.host).put(a.number).put(a.start).put(a.key).put(a.exposed.value);
  const ByteVector fields = writer.take();
  writer.put_bytes(fields).put(crc32c(fields));
  return writer.take();
}

Result<PairAddress> parse_address(ByteSpan bytes) {
  if (bytes.size() != address_size)
    return no_address(std::to_string(bytes.size()) + " bytes instead of " + std::to_string(address_size));
  FieldReader reader(bytes);
  if (reader.get<std::uint32_t>() != address_mark)
    return no_address("it begins with another mark: not of this platform");
  PairAddress a;
  a.host = reader.get<std::uint32_t>();
  a.number = reader.get<std::uint32_t>();
  a.start = reader.get<Psn>();
  a.key = reader.get<std::uint32_t>();
  a.exposed = Bytes(reader.get<std::uint64_t>());
  if (reader.get<std::uint32_t>() != crc32c(bytes.first(address_size - 4))) return no_address("its checksum is wrong");
  if (a.number == 0 || a.number > number_max)
    return no_address("queue pair number " + std::to_string(a.number) + ": must be 1 to " + std::to_string(number_max));
  if (a.start > psn_mask)
    return no_address("first sequence number " + std::to_string(a.start) + ": must be at most " +
                      std::to_string(psn_mask));
  if (a.exposed.value == 0) return no_address("nothing is exposed: must be 1 B or more");
  return a;
}

}  // namespace dwcp::sim::rdma
