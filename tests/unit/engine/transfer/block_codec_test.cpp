#include "engine/transfer/block_codec.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/transfer/block_hash.hpp"

namespace dwcp::transfer {
namespace {

constexpr std::size_t page = page_size.value;

// Pages of random bytes, of text, and of zeroes, in turn.
ByteVector mixed(std::size_t size) {
  Random random(3);
  ByteVector bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    switch (i / page % 3) {
      case 0:
        bytes[i] = static_cast<std::byte>(random());
        break;
      case 1:
        bytes[i] = static_cast<std::byte>("all work and no play "[i % 21]);
        break;
      default:
        break;
    }
  }
  return bytes;
}

ByteVector padded(ByteVector bytes) {
  bytes.resize((bytes.size() + page - 1) / page * page);
  return bytes;
}

ByteVector join(const std::vector<Slice>& payload) {
  ByteVector all;
  for (const Slice& slice : payload) all.insert(all.end(), slice.bytes().begin(), slice.bytes().end());
  return all;
}

struct Carried {
  Result<BlockContent> content = Failure{};
  Hash128 hash;
};

Carried carry(const ByteVector& block, BlockIndex index, Bytes file_size, hde::Codec codec, std::size_t damage_at = 0) {
  BlockEncoder encoder(index, Slice::adopt(padded(block)));
  Carried out;
  out.hash = encoder.hash();
  ByteVector chunk = join(std::move(encoder).encode(FileIndex(5), codec).payload);
  if (damage_at > 0) chunk[damage_at % chunk.size()] ^= std::byte{0x10};
  const auto header = decode_block_header(chunk);
  if (!header) {
    out.content = header.error();
    return out;
  }
  const Slice whole = Slice::adopt(std::move(chunk));
  out.content = decode_block(*header, file_size, whole.sub(BlockHeader::size, whole.size() - BlockHeader::size));
  return out;
}

void write_into(ByteVector& file, const BlockContent& content) {
  for (const auto& piece : content.pieces) {
    ASSERT_LE(piece.offset + piece.bytes.size(), file.size());
    std::ranges::copy(piece.bytes, file.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  }
}

TEST(BlockCodec, EveryCodecAndLengthComesBack) {
  for (const hde::Codec codec : {hde::Codec::none, hde::Codec::lz4, hde::Codec::zstd1})
    for (const std::size_t size : {std::size_t{1}, page - 1, page, page + 1, 5 * page + 77, block_size.value}) {
      const ByteVector block = mixed(size);
      const Bytes file_size = block_size + Bytes(size);  // the second block, which is the last
      const Carried carried = carry(block, BlockIndex(1), file_size, codec);
      ASSERT_TRUE(carried.content) << carried.content.error().message();
      ByteVector file(file_size.value);
      write_into(file, *carried.content);
      EXPECT_TRUE(std::equal(block.begin(), block.end(), file.begin() + block_size.value)) << size;
      EXPECT_EQ(carried.hash, block_hash(BlockIndex(1), block));
      EXPECT_EQ(carried.content->has_zeroes, size > 2 * page);
    }
}

TEST(BlockCodec, RawNeighboursAreOnePiece) {
  Random random(4);
  ByteVector block(block_size.value);
  for (auto& b : block) b = static_cast<std::byte>(random());
  const Carried carried = carry(block, BlockIndex(0), block_size, hde::Codec::none);
  ASSERT_TRUE(carried.content);
  EXPECT_EQ(carried.content->pieces.size(), 1U);
}

TEST(BlockCodec, HashesDependOnContentAndPlace) {
  const ByteVector block = mixed(3 * page);
  EXPECT_EQ(block_hash(BlockIndex(2), block), block_hash(BlockIndex(2), block));
  EXPECT_NE(block_hash(BlockIndex(2), block), block_hash(BlockIndex(3), block));
  ByteVector other = block;
  other[17] ^= std::byte{1};
  EXPECT_NE(block_hash(BlockIndex(2), block), block_hash(BlockIndex(2), other));
  EXPECT_NE(block_hash(BlockIndex(0), ByteVector(page)), Hash128{});  // zeroes are not "nothing"
}

// Whatever bit is wrong: never a content that is not the sender's.
TEST(BlockCodec, DamageIsFound) {
  const ByteVector block = mixed(20 * page);
  Random random(5);
  for (int i = 0; i < 3000; ++i) {
    const hde::Codec codec = i % 2 == 0 ? hde::Codec::none : hde::Codec::lz4;
    const Carried carried = carry(block, BlockIndex(0), Bytes(block.size()), codec, 1 + random.below(1 << 20));
    if (!carried.content) continue;
    ByteVector file(block.size());
    write_into(file, *carried.content);
    EXPECT_TRUE(file == block);
  }
}

TEST(BlockCodec, ABatchOfAnotherBlockIsRefused) {
  const ByteVector block = mixed(block_size.value);
  BlockEncoder encoder(BlockIndex(0), Slice::adopt(block));
  const Hash128 hash = encoder.hash();
  const auto chunk = std::move(encoder).encode(FileIndex(0), hde::Codec::none);
  const Slice batch = Slice::adopt(join({chunk.payload.begin() + 1, chunk.payload.end()}));
  EXPECT_TRUE(decode_block({FileIndex(0), BlockIndex(0), hash}, block_size * 2, batch));
  EXPECT_FALSE(decode_block({FileIndex(0), BlockIndex(1), hash}, block_size * 2, batch));
  EXPECT_FALSE(decode_block({FileIndex(0), BlockIndex(0), hash}, Bytes(5 * page), batch));  // beyond the file
}

TEST(BlockCodec, ManifestDependsOnOrderAndSize) {
  const std::vector<Hash128> blocks{{1, 2}, {3, 4}}, swapped{{3, 4}, {1, 2}};
  EXPECT_NE(manifest_of(MiB(2), blocks), manifest_of(MiB(2), swapped));
  EXPECT_NE(manifest_of(MiB(2), blocks), manifest_of(MiB(2) - Bytes(1), blocks));
}

}  // namespace
}  // namespace dwcp::transfer
