#include "engine/amst/wire.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/amst/chunk_encoder.hpp"
#include "engine/amst/handshake.hpp"
#include "engine/amst/handshake_wire.hpp"
#include "engine/base/checksum.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::amst::wire {
namespace {

constexpr FrameRules data_rules{true, 1 << 20, 0x11223344};
constexpr FrameRules control_rules{false, control_body_max, 0x11223344};

FrameHeader chunk_header() {
  FrameHeader header;
  header.type = FrameType::chunk;
  header.chunk = {Channel{0x0102}, Priority::requested, true};
  header.length = 4096;
  header.sequence = 0x0102030405060708;
  header.session_tag = 0x11223344;
  return header;
}

std::string hex(ByteSpan bytes) {
  std::string text;
  char buffer[3];
  for (const std::byte b : bytes) {
    std::snprintf(buffer, sizeof buffer, "%02x", std::to_integer<unsigned>(b));
    text += buffer;
  }
  return text;
}

// With a valid checksum again, as a wrong but careful peer would send it.
HeaderBytes changed(std::size_t at, std::uint8_t value) {
  HeaderBytes bytes = write_header(chunk_header());
  bytes[at] = std::byte{value};
  store_le(&bytes[20], header_checksum(bytes));
  return bytes;
}

// The layout of docs/wire.md, so that it cannot change unnoticed.
TEST(FrameHeader, IsLaidOutAsDocumented) {
  const HeaderBytes bytes = write_header(chunk_header());
  EXPECT_EQ(hex(ByteSpan(bytes).first(20)), "0105020100100000080706050403020144332211");
  EXPECT_EQ(load_le<std::uint32_t>(&bytes[20]), crc32c(ByteSpan(bytes).first(20)));
}

TEST(FrameHeader, SurvivesTheWire) {
  const auto parsed = parse_header(write_header(chunk_header()), data_rules);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->chunk.channel, Channel{0x0102});
  EXPECT_EQ(parsed->chunk.priority, Priority::requested);
  EXPECT_TRUE(parsed->chunk.barrier);
  EXPECT_EQ(parsed->length, 4096u);
  EXPECT_EQ(parsed->sequence, 0x0102030405060708u);
}

TEST(FrameHeader, EveryDamagedBitIsSeen) {
  const HeaderBytes good = write_header(chunk_header());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    HeaderBytes bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(parse_header(bad, data_rules).error().code, Errc::checksum_mismatch) << bit;
  }
}

TEST(FrameHeader, UnknownBitsAndTypesAreRefused) {
  EXPECT_EQ(parse_header(changed(0, 0), data_rules).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_header(changed(0, 10), data_rules).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_header(changed(1, 0b1000), data_rules).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_header(changed(1, 0b0011), data_rules).error().code, Errc::protocol_error) << "priority 3";
  EXPECT_EQ(parse_header(changed(7, 1), data_rules).error().code, Errc::frame_too_large);
  EXPECT_EQ(parse_header(changed(16, 0), data_rules).error().code, Errc::protocol_error) << "another session";
}

TEST(FrameHeader, ChunksAndControlFramesKeepToTheirConnections) {
  EXPECT_EQ(parse_header(write_header(chunk_header()), control_rules).error().code, Errc::protocol_error);
  const ByteVector frame = write_frame(FrameType::message, control_rules.session_tag, 1, as_bytes("hi"));
  HeaderBytes header{};
  std::copy_n(frame.begin(), header.size(), header.begin());
  EXPECT_TRUE(parse_header(header, control_rules).has_value());
  EXPECT_EQ(parse_header(header, data_rules).error().code, Errc::protocol_error);
}

TEST(Bodies, SurviveTheWire) {
  Acknowledge acknowledge{7, 5, {{1, 10}, {12, 12}}, {{1, 3}}};
  const auto parsed = parse_acknowledge(write(acknowledge));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->messages_received, 7u);
  EXPECT_EQ(parsed->messages_taken, 5u);
  EXPECT_EQ(parsed->received, acknowledge.received);
  EXPECT_EQ(parsed->released, acknowledge.released);
  EXPECT_EQ(parse_synchronised(write(Synchronised{{3, 4}}))->connections, (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(*parse_number(write_number(42)), 42u);
  const auto reason = parse_abort(write(Failure(Errc::cancelled, "enough")));
  EXPECT_EQ(reason->failure.code, Errc::cancelled);
  EXPECT_EQ(reason->failure.detail, "the peer says: enough");
}

TEST(Bodies, WrongLengthsAndRangesAreRefused) {
  ByteVector body = write(Acknowledge{0, 0, {{1, 2}}, {}});
  body.pop_back();
  EXPECT_EQ(parse_acknowledge(body).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_acknowledge(write(Acknowledge{0, 0, {{3, 2}}, {}})).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_acknowledge(write(Acknowledge{0, 0, {{0, 2}}, {}})).error().code, Errc::protocol_error);
  FieldWriter greedy;  // claims more ranges than any frame may have
  greedy.put(std::uint64_t{0}).put(std::uint64_t{0}).put(std::uint32_t{0xffffffff}).put(std::uint32_t{0xffffffff});
  EXPECT_EQ(parse_acknowledge(greedy.take()).error().code, Errc::protocol_error);
  FieldWriter streams;
  streams.put(std::uint32_t{0x40000001}).put(std::uint32_t{1});
  EXPECT_EQ(parse_synchronised(streams.take()).error().code, Errc::protocol_error);
  EXPECT_EQ(parse_number(as_bytes("short")).error().code, Errc::protocol_error);
}

TEST(Bodies, TextOfAPeerIsMadePrintable) {
  EXPECT_EQ(parse_abort(write(Failure(Errc::cancelled, "a\x1b[31m\nb")))->failure.detail, "the peer says: a?[31m?b");
}

Hello hello() {
  Hello h;
  h.role = Role::data;
  h.index = 3;
  h.connection = 9;
  h.session[0] = std::byte{1};
  h.terms.chunk_max = MiB(4);
  h.terms.receive_window = MiB(64);
  h.terms.heartbeat = std::chrono::milliseconds(500);
  h.terms.resume_timeout = std::chrono::minutes(5);
  h.terms.identity = {NodeId("n1"), "c"};
  return h;
}

TEST(Handshake, HelloSurvivesTheWire) {
  const auto parsed = parse_hello(write(hello()));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->role, Role::data);
  EXPECT_EQ(parsed->index, 3u);
  EXPECT_EQ(parsed->connection, 9u);
  EXPECT_EQ(parsed->session, hello().session);
  EXPECT_EQ(parsed->terms.identity.node, NodeId("n1"));
  EXPECT_EQ(parsed->terms.receive_window, MiB(64));
}

TEST(Handshake, EveryDamagedBitOfAHelloIsSeen) {
  const ByteVector good = write(hello());
  for (std::size_t bit = prefix_size * 8; bit < good.size() * 8; ++bit) {
    ByteVector bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_TRUE(parse_hello(bad).has_error()) << bit;
  }
}

TEST(Handshake, TheLowerCommonVersionWins) {
  EXPECT_EQ(*common_version({1, 3}, {2, 5}), 3);
  EXPECT_EQ(*common_version({1, 1}, {1, 9}), 1);
  const auto none = common_version({1, 2}, {3, 4});
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().code, Errc::version_mismatch);
  EXPECT_NE(none.error().detail.find("1 to 2"), std::string::npos) << none.error().detail;
  EXPECT_NE(none.error().detail.find("3 to 4"), std::string::npos) << none.error().detail;
}

TEST(Handshake, ARefusalIsReadable) {
  const auto reply = parse_reply(write_refusal({Errc::version_mismatch, "too old"}));
  ASSERT_TRUE(reply.has_error());
  EXPECT_EQ(reply.error().code, Errc::version_mismatch);
  EXPECT_EQ(reply.error().detail, "the peer says: too old");
}

TEST(Handshake, LimitsThatCannotWorkAreRefused) {
  Hello h = hello();
  h.terms.receive_window = MiB(7);
  EXPECT_EQ(parse_hello(write(h)).error().code, Errc::bad_value);
  h = hello();
  h.index = Limits::streams_max;
  EXPECT_EQ(parse_hello(write(h)).error().code, Errc::protocol_error);
  h = hello();
  h.connection = 0;
  EXPECT_EQ(parse_hello(write(h)).error().code, Errc::protocol_error);
}

QueuePairOffer offer() {
  QueuePairOffer o;
  o.slots = 16;
  o.slot_size = 65536;
  o.address = ByteVector(40, std::byte{7});
  return o;
}

TEST(Handshake, AQueuePairIsOfferedOrRefusedWithWords) {
  const ByteVector good = write(offer());
  const auto parsed = parse_queue_pair(good);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->slots, 16u);
  EXPECT_EQ(parsed->slot_size, 65536u);
  EXPECT_EQ(parsed->address, offer().address);
  const auto none = parse_queue_pair(write_no_queue_pair({Errc::unreachable, "no device"}));
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().code, Errc::unreachable);
  EXPECT_EQ(none.error().detail, "the peer says: no device");
  for (std::size_t bit = prefix_size * 8; bit < good.size() * 8; ++bit) {
    ByteVector bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_TRUE(parse_queue_pair(bad).has_error()) << bit;
  }
}

TEST(Handshake, AQueuePairThatCannotWorkIsRefused) {
  QueuePairOffer bad = offer();
  bad.slots = 3;
  EXPECT_EQ(parse_queue_pair(write(bad)).error().code, Errc::protocol_error);
  bad = offer();
  bad.slot_size = 2u << 20;
  EXPECT_EQ(parse_queue_pair(write(bad)).error().code, Errc::protocol_error);
  bad = offer();
  bad.address.clear();
  EXPECT_EQ(parse_queue_pair(write(bad)).error().code, Errc::protocol_error);
  bad.address.resize(platform::QueuePair::address_max + 1);
  EXPECT_EQ(parse_queue_pair(write(bad)).error().code, Errc::protocol_error);
}

TEST(Handshake, AnotherProtocolIsNamedAsSuch) {
  PrefixBytes prefix{};
  const ByteSpan http = as_bytes("GET / HTTP/1.1\r\n");
  std::copy(http.begin(), http.end(), prefix.begin());
  EXPECT_EQ(parse_hello_prefix(prefix).error().code, Errc::protocol_error);
}

// The expected value was computed with Python's hmac module.
TEST(Proof, BindsEverything) {
  const Token token{};
  const SessionId session{};
  const std::array<std::byte, 32> binding{}, another{std::byte{1}};
  const Proof proof = make_proof(token, session, 1, 2, 3, binding);
  EXPECT_FALSE(equal(proof, make_proof(token, session, 1, 2, 3, another)));
  EXPECT_TRUE(equal(proof, make_proof(token, session, 1, 2, 3, binding)));
  EXPECT_FALSE(equal(proof, make_proof(token, session, 0, 2, 3, binding)));
  EXPECT_FALSE(equal(proof, make_proof(token, session, 1, 3, 3, binding)));
  EXPECT_FALSE(equal(proof, make_proof(token, session, 1, 2, 4, binding)));
  Token other = token;
  other[31] = std::byte{1};
  EXPECT_FALSE(equal(proof, make_proof(other, session, 1, 2, 3, binding)));
  EXPECT_EQ(hex(proof), "6ad44a42e7c0c39940034af67c10e9e3a0a52426c7d6837644d4220d6179eb20");
}

TEST(ChunkEncoder, PiecesMakeUpTheFrame) {
  ByteVector content(1000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * 7);
  const Slice whole = Slice::copy_of(content);
  for (const std::uint64_t piece : {1u, 13u, 500u, 5000u}) {
    ChunkEncoder encoder(0x11223344, true);
    Outgoing chunk;
    chunk.sequence = Sequence(5);
    chunk.length = Bytes(1000);
    chunk.payload = {whole.sub(0, 300), whole.sub(300, 0), whole.sub(300, 700)};
    encoder.add(chunk);
    encoder.add(chunk);
    ByteVector out;
    for (auto buffers = encoder.next(Bytes(piece)); !buffers.empty(); buffers = encoder.next(Bytes(piece)))
      for (const auto& b : buffers) {
        const auto* from = static_cast<const std::byte*>(b.data());
        out.insert(out.end(), from, from + b.size());
      }
    ASSERT_EQ(out.size(), 2 * (1000 + header_size + trailer_size));
    EXPECT_EQ(Bytes(out.size()), encoder.wire_size());
    HeaderBytes header{};
    std::copy_n(out.begin(), header.size(), header.begin());
    EXPECT_EQ(parse_header(header, data_rules)->sequence, 5u);
    EXPECT_TRUE(std::equal(content.begin(), content.end(), out.begin() + header_size));
    EXPECT_EQ(load_le<std::uint32_t>(&out[header_size + 1000]), crc32c(content, header_checksum(header)));
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + 1028, out.begin() + 1028));
  }
}

TEST(ChunkEncoder, WithoutBodyChecksTheTrailerIsTheHeaders) {
  ChunkEncoder encoder(0x11223344, false);
  Outgoing chunk;
  chunk.sequence = Sequence(5);
  chunk.length = Bytes(3);
  chunk.payload = {Slice::copy_of(as_bytes("abc"))};
  encoder.add(chunk);
  const auto buffers = encoder.next(Bytes(100));
  ASSERT_EQ(buffers.size(), 3u);
  HeaderBytes header{};
  std::memcpy(header.data(), buffers[0].data(), header.size());
  EXPECT_EQ(load_le<std::uint32_t>(static_cast<const std::byte*>(buffers[2].data())), header_checksum(header));
}

class PlainText : public Transport {
 public:
  Executor executor() const override { return {}; }
  Task<std::size_t> read_some(platform::ReadBuffers) override { co_return 0; }
  Task<std::size_t> write_some(platform::WriteBuffers) override { co_return 0; }
  void shutdown_send() override {}
  void close() override {}
  platform::Endpoint local() const override { return {}; }
  platform::PathSample path() const override { return {}; }
  platform::Endpoint remote() const override { return {}; }
};

TEST(Handshake, PlainTextWithoutChecksumsIsRefused) {
  Terms terms = hello().terms;
  EXPECT_FALSE(objection_to(PlainText(), terms).code);
  terms.features = 0;
  EXPECT_EQ(objection_to(PlainText(), terms).code, Errc::bad_value);
}

}  // namespace
}  // namespace dwcp::amst::wire
