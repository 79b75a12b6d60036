#include "engine/transfer/wire.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace dwcp::transfer {
namespace {

std::vector<Message> one_of_each() {
  return {Offer{.version = 3, .block = MiB(2), .force = true, .files = 7, .total = GiB(5)},
          Files{{{FileIndex(4), Bytes(12), "a"}, {FileIndex(5), GiB(4096), std::string(239, 'n')}}},
          Answer{FileIndex(1), Disposition::refuse, 105, "exists"},
          Held{FileIndex(2), BlockIndex(10), {Hash128{1, 2}, Hash128{3, 4}}, BlockIndex(12)},
          FileEnd{FileIndex(3), Hash128{5, 6}, 17},
          FileDone{FileIndex(3), Outcome::failed, 501, "full"},
          Resend{FileIndex(3), BlockIndex(9)}};
}

TEST(TransferWire, EveryMessageComesBack) {
  for (const Message& message : one_of_each()) {
    const ByteVector bytes = encode(message);
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(TransferWire, FullMessagesFitTheControlChannel) {
  Files files;
  for (std::size_t i = 0; i < Limits::entries_per_message_max; ++i)
    files.entries.push_back({FileIndex(i), GiB(1), std::string(Limits::name_length_max, 'x')});
  EXPECT_LE(encode(files).size(), 64U * 1024);
  Held held{.index = FileIndex(0)};
  held.hashes.resize(Limits::hashes_per_message_max);
  EXPECT_LE(encode(held).size(), 64U * 1024);
}

TEST(TransferWire, EveryCutIsRefused) {
  for (const Message& message : one_of_each()) {
    const ByteVector bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto back = decode(ByteSpan(bytes).first(length));
      ASSERT_FALSE(back) << "type " << message.index() << " cut to " << length;
      EXPECT_EQ(back.error().code, make_error_code(Errc::protocol_error));
    }
  }
}

TEST(TransferWire, BytesBehindTheEndAreRefused) {
  for (const Message& message : one_of_each()) {
    ByteVector bytes = encode(message);
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode(bytes)) << message.index();
  }
}

TEST(TransferWire, ValuesOutOfRangeAreNamed) {
  Files files;
  files.entries.push_back({FileIndex(0), Limits::file_size_max + Bytes(1), "x"});
  const auto back = decode(encode(files));
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().detail.find("file size is 4398046511105"), std::string::npos) << back.error().detail;
  EXPECT_FALSE(decode(encode(Message(Resend{FileIndex(Limits::files_max), BlockIndex(0)}))));
}

TEST(TransferWire, RandomBytesNeverCrash) {
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    ByteVector bytes(random.below(80));
    for (auto& b : bytes) b = static_cast<std::byte>(random.below(256));
    if (!bytes.empty()) bytes[0] = static_cast<std::byte>(1 + random.below(8));
    const auto message = decode(bytes);
    EXPECT_TRUE(!message || encode(*message).size() == bytes.size());
  }
}

TEST(TransferWire, BlockHeaderComesBack) {
  const BlockHeader header{FileIndex(7), BlockIndex(4'000'000), Hash128{8, 9}};
  ByteVector bytes = encode(header);
  ASSERT_EQ(bytes.size(), BlockHeader::size);
  const auto back = decode_block_header(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->index, header.index);
  EXPECT_EQ(back->block, header.block);
  EXPECT_EQ(back->hash, header.hash);
  EXPECT_FALSE(decode_block_header(ByteSpan(bytes).first(31)));
  bytes[9] = std::byte{1};
  EXPECT_FALSE(decode_block_header(bytes));
}

}  // namespace
}  // namespace dwcp::transfer
