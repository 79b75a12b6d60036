// The identity of a block's content, and of a file's.
#pragma once

#include <span>

#include "engine/base/bytes.hpp"
#include "engine/base/checksum.hpp"
#include "engine/hde/digest.hpp"
#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {

constexpr std::uint64_t pages_per_block = block_size.value / page_size.value;

// Pages of a block are page indices of the whole file, of HDE's block 0, so that a block's hash depends on its place in
// the file and on nothing else.
inline hde::PageKey first_page(BlockIndex block) { return {0, PageIndex(block.value * pages_per_block)}; }

// The HDE digest of the block's pages, which encoding and decoding yield anyway; the last page of a file is filled up
// with zeroes. Whitened, so that a hash is never 16 zero bytes where a block of zeroes, or an absent one, is meant.
// Detects accidents, not forgery.
Hash128 block_hash(const hde::Digest& digest);
Hash128 block_hash(BlockIndex block, ByteSpan content);

// Over the hashes of all blocks in order, and the size.
Hash128 manifest_of(Bytes file_size, std::span<const Hash128> blocks);

}  // namespace dwcp::transfer
