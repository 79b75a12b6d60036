#include "hypervisor/qemu_stream/format.hpp"

#include <algorithm>

namespace dwcp::qemu_stream {

std::optional<BlockIndex> RamLayout::find(std::string_view name) const {
  const auto found = std::ranges::find(blocks, name, &RamBlock::name);
  if (found == blocks.end()) return std::nullopt;
  return BlockIndex(static_cast<std::uint64_t>(found - blocks.begin()));
}

Bytes RamLayout::total() const {
  Bytes sum{0};
  for (const RamBlock& block : blocks) sum += block.length;
  return sum;
}

}  // namespace dwcp::qemu_stream
