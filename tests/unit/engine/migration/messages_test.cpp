#include "engine/migration/messages.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace dwcp::migration {
namespace {

Message every_kind(std::size_t index) {
  const std::vector<Message> all{
      Offer{VmId("web-1"), Epoch(7), NodeId("ny"),
            GuestOffer{{GuestState::absent, GiB(4), 8}, {Movement::post_copy, true, 40}, "<offer/>"}, MiB(256),
            MiB(128), Offer::Window{{VmId("web-1"), Epoch(5)}, 321}},
      Accept{17},
      Refuse{403, "no memory"},
      Missing{{{1, PageIndex(17), Version(3)}, {2, PageIndex(1), Version(9)}}},
      StreamEnd{1, 2, 3},
      Prepared{Epoch(7)},
      Commit{VmId("web-1"), Epoch(7)},
      Running{Epoch(7)},
      CannotRun{Epoch(7), "gone"},
      Abort{VmId("web-1"), Epoch(7)},
      Aborted{Epoch(7)},
  };
  return all.at(index);
}

TEST(Messages, EveryKindComesBackByteForByte) {
  for (std::size_t kind = 0; kind < std::variant_size_v<Message>; ++kind) {
    const ByteVector bytes = encode(every_kind(kind));
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->index(), kind);
    EXPECT_EQ(encode(*back), bytes) << name_of(*back);
  }
}

TEST(Messages, EveryTruncationIsAnErrorThatNamesTheMessage) {
  for (std::size_t kind = 0; kind < std::variant_size_v<Message>; ++kind) {
    const ByteVector bytes = encode(every_kind(kind));
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      const auto result = decode(ByteSpan(bytes).first(length));
      ASSERT_FALSE(result) << "kind " << kind << " cut to " << length;
    }
  }
}

TEST(Messages, TrailingBytesAreRefused) {
  ByteVector bytes = encode(Prepared{Epoch(1)});
  bytes.push_back(std::byte{0});
  EXPECT_EQ(decode(bytes).error().code, Errc::protocol_error);
}

TEST(Messages, AWindowIsThereOrNot) {
  ByteVector bytes = encode(Accept{17});
  bytes[1] = std::byte{2};
  EXPECT_EQ(decode(bytes).error().code, Errc::protocol_error);
  const auto none = decode(encode(Accept{}));
  ASSERT_TRUE(none);
  EXPECT_FALSE(std::get<Accept>(*none).window_from);
}

TEST(Messages, AnotherVersionIsNamed) {
  ByteVector bytes = encode(every_kind(0));
  bytes[1] = std::byte{9};
  const auto result = decode(bytes);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::version_mismatch);
  EXPECT_NE(result.error().message().find("version 9"), std::string::npos);
}

TEST(Messages, GarbageNeverCrashes) {
  Random random(42);
  for (int round = 0; round < 20'000; ++round) {
    ByteVector bytes(random.below(64));
    for (auto& b : bytes) b = static_cast<std::byte>(random());
    if (auto message = decode(bytes)) {
      EXPECT_EQ(encode(*message), bytes);
    }
  }
}

}  // namespace
}  // namespace dwcp::migration
