#include "hypervisor/model/device_state.hpp"

#include <algorithm>

#include "engine/base/checksum.hpp"
#include "hypervisor/qemu_stream/compose.hpp"

namespace dwcp::model {

namespace {

// Contents: magic, number of bytes of runs, their CRC-32C, the runs (length, version), then filling.
constexpr std::uint32_t magic = 0x6d777664;
constexpr std::string_view section_name = "dwcp-model";
constexpr std::string_view description = R"({"page_size": 4096, "devices": [{"name": "dwcp-model", "version": 1}]})";
constexpr std::size_t head_size = 12;
// Mark, id, name's length, name, instance, version.
constexpr std::size_t section_head_size = 1 + 4 + 1 + section_name.size() + 4 + 4;

void put_varint(ByteVector& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

// 0 beyond the end.
std::uint64_t get_varint(ByteSpan& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(from.front());
    from = from.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return value;
}

ByteVector encode_runs(const std::vector<std::uint32_t>& versions) {
  ByteVector runs;
  for (auto at = versions.begin(); at != versions.end();) {
    const auto end = std::find_if(at, versions.end(), [&](std::uint32_t v) { return v != *at; });
    put_varint(runs, static_cast<std::uint64_t>(end - at));
    put_varint(runs, *at);
    at = end;
  }
  return runs;
}

}  // namespace

ByteVector make_tail(const Guest& guest) {
  const Blueprint& blueprint = guest.blueprint();
  const ByteVector runs = encode_runs(guest.versions());
  FieldWriter fields;
  fields.put(magic).put(static_cast<std::uint32_t>(runs.size())).put(crc32c(runs)).put_bytes(runs);
  ByteVector contents = fields.take();
  const std::size_t written = contents.size();
  contents.resize(std::max<std::size_t>(written, blueprint.config().device_state.value));
  fill_low_entropy(blueprint.config().seed, MutableByteSpan(contents).subspan(written));
  const qemu_stream::DeviceState device{.name = std::string(section_name), .contents = contents};
  return qemu_stream::make_tail(std::span(&device, 1), blueprint.ram().section_id + 1, description);
}

Result<std::vector<std::uint32_t>> parse_tail(const Blueprint& blueprint, ByteSpan tail) {
  const Failure bad(Errc::bad_stream, "the device state is not that of a modelled guest of this blueprint");
  if (tail.size() < section_head_size + head_size) return bad;
  const std::string_view name = as_text(tail.subspan(6, section_name.size()));
  if (static_cast<qemu_stream::Mark>(tail[0]) != qemu_stream::Mark::section_full || name != section_name) return bad;
  FieldReader fields(tail.subspan(section_head_size));
  const auto head = fields.get<std::uint32_t>();
  const auto length = fields.get<std::uint32_t>();
  const auto crc = fields.get<std::uint32_t>();
  ByteSpan runs = fields.get_bytes(length);
  if (!fields.ok() || head != magic || crc32c(runs) != crc) return bad;
  std::vector<std::uint32_t> versions;
  versions.reserve(blueprint.frames());
  while (!runs.empty()) {
    const std::uint64_t count = get_varint(runs);
    const auto version = static_cast<std::uint32_t>(get_varint(runs));
    if (count == 0 || count > blueprint.frames() - versions.size()) return bad;
    versions.insert(versions.end(), count, version);
  }
  if (versions.size() != blueprint.frames()) return bad;
  const std::size_t contents = std::max<std::size_t>(head_size + length, blueprint.config().device_state.value);
  constexpr std::size_t footer = 5, end_mark = 1, description_head = 5;
  if (tail.size() != section_head_size + contents + footer + end_mark + description_head + description.size())
    return bad;
  return versions;
}

Bytes tail_max(const Blueprint& blueprint) {
  return blueprint.config().device_state + Bytes(15 * blueprint.frames() + 4096);
}

}  // namespace dwcp::model
