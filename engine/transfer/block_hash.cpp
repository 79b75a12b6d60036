#include "engine/transfer/block_hash.hpp"

#include <algorithm>
#include <array>

namespace dwcp::transfer {
namespace {

constexpr Hash128 whitening{0x9e3779b97f4a7c15, 0xd1b54a32d192ed03};  // golden ratio; any constant would do

}  // namespace

Hash128 block_hash(const hde::Digest& digest) { return {digest.low() ^ whitening.low, digest.high() ^ whitening.high}; }

Hash128 block_hash(BlockIndex block, ByteSpan content) {
  hde::Digest digest;
  const hde::PageKey first = first_page(block);
  const std::size_t whole = content.size() / page_size.value * page_size.value;
  hde::add_memory(digest, first.block, first.index, content.first(whole));
  if (whole < content.size()) {
    std::array<std::byte, page_size.value> filled{};
    std::ranges::copy(content.subspan(whole), filled.begin());
    hde::add_memory(digest, first.block, first.index + PageIndex(whole / page_size.value), filled);
  }
  return block_hash(digest);
}

Hash128 manifest_of(Bytes file_size, std::span<const Hash128> blocks) {
  const std::array<Hash128, 2> parts{hash128(std::as_bytes(blocks)), Hash128{file_size.value, blocks.size()}};
  return hash128(std::as_bytes(std::span(parts)));
}

}  // namespace dwcp::transfer
