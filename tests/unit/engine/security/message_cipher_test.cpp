#include "engine/security/message_cipher.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/error.hpp"

namespace dwcp::security {
namespace {

Secret secret(std::uint8_t first) {
  Secret s{};
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = static_cast<std::byte>(first + i);
  return s;
}

ByteVector sealed(MessageSealer& sealer, ByteSpan text, std::uint32_t associated) {
  ByteVector out(text.size() + MessageCipher::tag_size);
  const std::size_t half = text.size() / 2;
  const std::array<boost::asio::const_buffer, 2> pieces{boost::asio::buffer(text.data(), half),
                                                        boost::asio::buffer(text.data() + half, text.size() - half)};
  EXPECT_EQ(sealer.seal(pieces, associated, out), out.size());
  return out;
}

ByteVector text_of(std::size_t size) {
  ByteVector text(size);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::byte>(i * 7);
  return text;
}

TEST(MessageCipher, MessagesAreOpenedInTheirOrder) {
  MessageSealer sealer(secret(1));
  MessageOpener opener(secret(1));
  for (const std::size_t size : {1u, 15u, 16u, 17u, 65536u}) {
    const ByteVector text = text_of(size);
    const ByteVector bytes = sealed(sealer, text, 5);
    EXPECT_EQ(std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) == bytes.end(), size > 1);
    ByteVector out(size);
    EXPECT_EQ(opener.open(bytes, 5, out), size);
    EXPECT_EQ(out, text);
  }
}

TEST(MessageCipher, IsOpenedWhereItLies) {
  MessageSealer sealer(secret(1));
  MessageOpener opener(secret(1));
  for (const std::size_t size : {1u, 100u, 65520u}) {
    const ByteVector text = text_of(size);
    ByteVector bytes = sealed(sealer, text, 5);
    ASSERT_EQ(opener.open(bytes, 5, bytes), size);
    bytes.resize(size);
    EXPECT_EQ(bytes, text);
  }
}

// What is opened must be exactly what was sealed, as the next one, by the same secret and with the same number beside.
TEST(MessageCipher, NothingElseIsOpened) {
  const ByteVector text = text_of(100);
  const auto fails = [&](auto change, std::uint32_t associated, std::uint8_t opened_with) {
    MessageSealer sealer(secret(1));
    MessageOpener opener(secret(opened_with));
    ByteVector bytes = sealed(sealer, text, 5);
    change(sealer, bytes);
    ByteVector out(200);
    try {
      opener.open(bytes, associated, out);
    } catch (const Error& error) {
      return error.code() == Errc::checksum_mismatch;
    }
    return false;
  };
  const auto same = [](MessageSealer&, ByteVector&) {};
  EXPECT_FALSE(fails(same, 5, 1));
  EXPECT_TRUE(fails(same, 6, 1));
  EXPECT_TRUE(fails(same, 5, 2));
  EXPECT_TRUE(fails([&](MessageSealer& sealer, ByteVector& bytes) { bytes = sealed(sealer, text, 5); }, 5, 1));
  EXPECT_TRUE(fails([](MessageSealer&, ByteVector& bytes) { bytes.pop_back(); }, 5, 1));
  for (std::size_t bit = 0; bit < 116 * 8; ++bit)
    EXPECT_TRUE(fails([bit](MessageSealer&, ByteVector& b) { b[bit / 8] ^= std::byte{1} << (bit % 8); }, 5, 1)) << bit;
}

TEST(MessageCipher, ARepeatedMessageIsNotOpenedTwice) {
  MessageSealer sealer(secret(1));
  MessageOpener opener(secret(1));
  const ByteVector bytes = sealed(sealer, text_of(50), 0);
  ByteVector out(50);
  opener.open(bytes, 0, out);
  EXPECT_THROW(opener.open(bytes, 0, out), Error);
}

TEST(MessageCipher, BothEndsMoveOnToTheNextKeyAtTheSameMessage) {
  MessageSealer sealer(secret(1), KiB(1)), never(secret(1));
  MessageOpener opener(secret(1), KiB(1));
  const ByteVector text = text_of(300);
  bool differed = false;
  for (int i = 0; i < 50; ++i) {
    const ByteVector bytes = sealed(sealer, text, 9);
    differed = differed || bytes != sealed(never, text, 9);
    ByteVector out(300);
    ASSERT_EQ(opener.open(bytes, 9, out), 300u);
    ASSERT_EQ(out, text);
  }
  EXPECT_TRUE(differed);
}

}  // namespace
}  // namespace dwcp::security
