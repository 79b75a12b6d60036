#include "engine/security/tls_channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "tests/unit/engine/security/cluster.hpp"

namespace dwcp::security {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

// Carries what `from` has to send, `most` bytes at a time; returns how many.
std::size_t carry(TlsChannel& from, TlsChannel& to, std::size_t most = ~std::size_t{0}) {
  std::size_t total = 0;
  for (;;) {
    const ByteSpan out = from.to_send();
    const MutableByteSpan in = to.room();
    const std::size_t count = std::min({out.size(), in.size(), most});
    if (count == 0) return total;
    std::copy_n(out.begin(), count, in.begin());
    from.sent(count);
    to.received(count);
    total += count;
    if (most != ~std::size_t{0}) return total;
  }
}

struct Outcome {
  std::optional<Error> dialing, accepting;
};

// Until both are done, or one has failed and the other has heard of it.
Outcome shake(TlsChannel& a, TlsChannel& b, std::size_t most = ~std::size_t{0}) {
  Outcome outcome;
  const auto step = [](TlsChannel& channel, std::optional<Error>& failure) {
    if (failure) return true;
    try {
      return channel.handshake();
    } catch (const Error& error) {
      failure = error;
      return true;
    }
  };
  for (int turn = 0; turn < 100'000; ++turn) {
    const bool done_a = step(a, outcome.dialing), done_b = step(b, outcome.accepting);
    const bool moved = carry(a, b, most) + carry(b, a, most) > 0;
    if (done_a && done_b && !moved) break;
  }
  // A dialing side is done before the other has judged it, and hears of that when it reads.
  if (outcome.accepting && !outcome.dialing) {
    try {
      std::array<std::byte, 1> byte;
      a.read(platform::ReadBuffers(asio::buffer(byte)));
    } catch (const Error& error) {
      outcome.dialing = error;
    }
  }
  return outcome;
}

struct Pair {
  explicit Pair(TlsOptions options = {})
      : a(cluster.node("host-a"), Side::dialing, today, options), b(cluster.node("host-b"), Side::accepting, today) {}
  Cluster cluster;
  TlsChannel a, b;
};

ByteVector some_bytes(std::size_t size, std::uint64_t seed) {
  ByteVector bytes(size);
  seeded_entropy(seed, "test")(bytes);
  return bytes;
}

// Sends `bytes` in pieces of several sizes at once; returns what arrived.
ByteVector through(TlsChannel& from, TlsChannel& to, ByteSpan bytes) {
  ByteVector arrived(bytes.size());
  std::size_t done = 0;
  for (std::size_t turn = 0; done < arrived.size() && turn < 1'000'000; ++turn) {
    const std::array<std::size_t, 4> sizes = {40, 100'000, 3'000, 70'000};
    std::vector<asio::const_buffer> pieces;
    ByteSpan rest = bytes;
    for (const std::size_t size : sizes) {
      const std::size_t part = std::min(size, rest.size());
      pieces.emplace_back(rest.data(), part);
      rest = rest.subspan(part);
    }
    bytes = bytes.subspan(from.write(platform::WriteBuffers(pieces)));
    carry(from, to);
    const std::size_t part = std::min<std::size_t>(arrived.size() - done, 1 + turn * 997 % 50'000);
    done += to.read(platform::ReadBuffers(asio::buffer(arrived.data() + done, part)));
  }
  arrived.resize(done);
  return arrived;
}

TEST(TlsChannel, BothSidesKnowWhoTheOtherIs) {
  Pair pair;
  const Outcome outcome = shake(pair.a, pair.b);
  ASSERT_FALSE(outcome.dialing) << outcome.dialing->what();
  ASSERT_FALSE(outcome.accepting) << outcome.accepting->what();
  EXPECT_EQ(pair.a.agreement().peer, PeerName("prod", NodeId("host-b")));
  EXPECT_EQ(pair.b.agreement().peer, PeerName("prod", NodeId("host-a")));
  EXPECT_EQ(pair.a.agreement().version, "TLSv1.3");
  EXPECT_EQ(pair.a.agreement().suite, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(pair.a.agreement().group, pair.b.agreement().group);
  EXPECT_THAT(pair.a.agreement().group, HasSubstr("X25519"));
  EXPECT_EQ(pair.a.agreement().peer_valid_until, this_year.until);
  EXPECT_EQ(pair.a.exported("EXPORTER-test"), pair.b.exported("EXPORTER-test"));
  EXPECT_NE(pair.a.exported("EXPORTER-test"), pair.a.exported("EXPORTER-other"));
}

TEST(TlsChannel, EachConnectionHasKeysOfItsOwn) {
  Pair one, two;
  shake(one.a, one.b);
  shake(two.a, two.b);
  EXPECT_NE(one.a.exported("EXPORTER-test"), two.a.exported("EXPORTER-test"));
}

TEST(TlsChannel, CarriesBytesBothWaysAtAnyPace) {
  Pair pair;
  shake(pair.a, pair.b, 7);  // seven bytes at a time
  const ByteVector bytes = some_bytes(3'000'000, 5);
  EXPECT_EQ(through(pair.a, pair.b, bytes), bytes);
  EXPECT_EQ(through(pair.b, pair.a, bytes), bytes);
}

TEST(TlsChannel, TakesNoMoreThanThereIsRoomFor) {
  Pair pair;
  shake(pair.a, pair.b);
  const ByteVector bytes = some_bytes(4 * TlsChannel::records_max, 5);
  const std::size_t taken = pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  EXPECT_GT(taken, TlsChannel::records_max / 2);
  EXPECT_LT(taken, TlsChannel::records_max);
  EXPECT_EQ(pair.a.write(platform::WriteBuffers(asio::buffer(bytes))), 0u);
  carry(pair.a, pair.b);
  EXPECT_GT(pair.a.write(platform::WriteBuffers(asio::buffer(bytes))), 0u);
}

// What is shown to the connection is in use there, while the other direction goes on.
TEST(TlsChannel, WhatIsBeingSentStaysInPlace) {
  Pair pair;
  shake(pair.a, pair.b);
  const ByteVector bytes = some_bytes(100'000, 5);
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  const ByteSpan first = pair.a.to_send();
  const ByteVector copy(first.begin(), first.end());
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  EXPECT_EQ(pair.a.to_send().data(), first.data());
  EXPECT_TRUE(std::equal(copy.begin(), copy.end(), first.begin()));
  pair.a.sent(1000);
  EXPECT_EQ(pair.a.to_send().data(), first.data() + 1000);
  EXPECT_GT(pair.a.to_send().size(), 200'000u - 1000);
}

TEST(TlsChannel, RoomForRecordsStaysInPlaceWhileOthersAreRead) {
  Pair pair;
  shake(pair.a, pair.b);
  const ByteVector bytes = some_bytes(50'000, 5);
  ByteVector arrived(2 * bytes.size());
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  carry(pair.a, pair.b);
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  const MutableByteSpan in = pair.b.room();
  EXPECT_EQ(pair.b.read(platform::ReadBuffers(asio::buffer(arrived))), bytes.size());
  const ByteSpan out = pair.a.to_send();
  ASSERT_LE(out.size(), in.size());
  std::copy(out.begin(), out.end(), in.begin());
  pair.b.received(out.size());
  EXPECT_EQ(pair.b.read(platform::ReadBuffers(asio::buffer(arrived.data() + bytes.size(), bytes.size()))),
            bytes.size());
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), arrived.begin() + static_cast<std::ptrdiff_t>(bytes.size())));
}

TEST(TlsChannel, KnowsHowMuchIsMissing) {
  Pair pair;
  shake(pair.a, pair.b);
  EXPECT_EQ(pair.b.missing(), 5u);  // a record's header
  const ByteVector bytes = some_bytes(20'000, 5);
  ByteVector arrived(bytes.size());
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  std::size_t opened = 0, calls = 0;
  for (; opened < bytes.size() && calls < 100; ++calls) {
    const std::size_t before = opened;
    const std::size_t missing = pair.b.missing();
    if (missing > 1) {  // one byte less is not enough
      carry(pair.a, pair.b, missing - 1);
      EXPECT_EQ(pair.b.read(platform::ReadBuffers(asio::buffer(arrived))), 0u);
      EXPECT_EQ(pair.b.missing(), 1u);
    }
    carry(pair.a, pair.b, 1);
    opened += pair.b.read(platform::ReadBuffers(asio::buffer(arrived.data() + before, arrived.size() - before)));
  }
  EXPECT_EQ(opened, bytes.size());
  EXPECT_EQ(calls, 4u);  // header and body of two records
  EXPECT_EQ(arrived, bytes);
}

// OpenSSL's error queue belongs to the thread, and others leave things there.
TEST(TlsChannel, ErrorsOfOthersAreNotItsOwn) {
  Pair pair;
  shake(pair.a, pair.b);
  ByteVector arrived(1000);
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  EXPECT_EQ(pair.b.read(platform::ReadBuffers(asio::buffer(arrived))), 0u);
  ERR_clear_error();
}

TEST(TlsChannel, ChangesItsKeysUnderWay) {
  Pair pair({.rekey_after = Bytes(100'000)});
  shake(pair.a, pair.b);
  const ByteVector bytes = some_bytes(1'000'000, 5);
  EXPECT_EQ(through(pair.a, pair.b, bytes), bytes);
  EXPECT_GE(pair.a.rekeyed(), 8u);
  EXPECT_EQ(through(pair.b, pair.a, bytes), bytes);
  EXPECT_EQ(pair.b.rekeyed(), 0u);
}

TEST(TlsChannel, AnotherAuthoritysCertificateIsRefusedAndTold) {
  const Cluster cluster, stranger(2);
  TlsChannel a(stranger.node("host-a"), Side::dialing, today), b(cluster.node("host-b"), Side::accepting, today);
  const Outcome outcome = shake(a, b);
  // The dialing side sees the other's certificate first.
  ASSERT_TRUE(outcome.dialing);
  EXPECT_EQ(outcome.dialing->code(), make_error_code(Errc::untrusted));
  EXPECT_THAT(outcome.dialing->detail(), AllOf(HasSubstr("the peer's certificate of CN=host-b"), HasSubstr("issuer")));
  ASSERT_TRUE(outcome.accepting);
  EXPECT_EQ(outcome.accepting->code(), make_error_code(Errc::untrusted));
  EXPECT_THAT(outcome.accepting->detail(), HasSubstr("the peer refuses our certificate"));
}

TEST(TlsChannel, AnExpiredCertificateIsRefusedAndTold) {
  const Cluster cluster;
  const auto brief = Credentials::load(cluster.pem("host-a", {today - 24h, today + 24h}), today).value();
  TlsChannel a(brief, Side::dialing, today + 48h), b(cluster.node("host-b"), Side::accepting, today + 48h);
  const Outcome outcome = shake(a, b);
  ASSERT_TRUE(outcome.accepting);
  EXPECT_THAT(outcome.accepting->detail(), HasSubstr("CN=host-a: certificate has expired"));
  ASSERT_TRUE(outcome.dialing);
  EXPECT_EQ(outcome.dialing->code(), make_error_code(Errc::untrusted));
  EXPECT_THAT(outcome.dialing->detail(), HasSubstr("the peer refuses our certificate: certificate expired"));
}

TEST(TlsChannel, AKeyAgreementCanBeRequired) {
  Cluster cluster;
  TlsChannel a(cluster.node("host-a"), Side::dialing, today, {.group_required = "P-256"});
  TlsChannel b(cluster.node("host-b"), Side::accepting, today);
  const Outcome outcome = shake(a, b);
  ASSERT_TRUE(outcome.dialing);
  EXPECT_THAT(outcome.dialing->detail(), HasSubstr("the peer refuses our TLS: "));
  EXPECT_THROW(TlsChannel(cluster.node("host-a"), Side::dialing, today, {.group_required = "ROT13"}), Error);
}

TEST(TlsChannel, ChangedRecordsAreNotTaken) {
  Pair pair;
  shake(pair.a, pair.b);
  const ByteVector bytes = some_bytes(1000, 5);
  pair.a.write(platform::WriteBuffers(asio::buffer(bytes)));
  const ByteSpan out = pair.a.to_send();
  const MutableByteSpan in = pair.b.room();
  std::copy(out.begin(), out.end(), in.begin());
  in[100] ^= std::byte{1};
  pair.b.received(out.size());
  ByteVector arrived(1000);
  EXPECT_THROW(pair.b.read(platform::ReadBuffers(asio::buffer(arrived))), Error);
}

TEST(TlsChannel, NonsenseIsRefused) {
  const Cluster cluster;
  const auto own = cluster.node("host-b");
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    TlsChannel channel(own, Side::accepting, today);
    ByteVector bytes = some_bytes(seed % 700, seed);
    if (seed % 2 == 0 && bytes.size() > 5) {  // a handshake record, and then nonsense
      bytes[0] = std::byte{22}, bytes[1] = std::byte{3}, bytes[2] = std::byte{1};
      bytes[3] = std::byte{0}, bytes[4] = static_cast<std::byte>(bytes.size() - 5);
    }
    std::copy(bytes.begin(), bytes.end(), channel.room().begin());
    channel.received(bytes.size());
    try {
      EXPECT_FALSE(channel.handshake()) << seed;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::protocol_error)) << error.what();
    }
  }
}

// A record cut, repeated or changed anywhere in a handshake: never a session that one side believes in and the other
// does not know.
TEST(TlsChannel, AChangedHandshakeNeverCompletesOnBothSides) {
  const Cluster cluster;
  const auto own = cluster.node("host-a"), other = cluster.node("host-b");
  for (std::size_t at = 0; at < 1500; at += 7) {
    TlsChannel a(own, Side::dialing, today), b(other, Side::accepting, today);
    std::size_t passed = 0;
    bool done_a = false, done_b = false, failed = false;
    for (int turn = 0; turn < 50 && !failed && !(done_a && done_b); ++turn) {
      try {
        done_a = a.handshake();
        done_b = b.handshake();
      } catch (const Error&) {
        failed = true;
      }
      const auto pass = [&](TlsChannel& from, TlsChannel& to) {
        const ByteSpan out = from.to_send();
        const MutableByteSpan in = to.room();
        const std::size_t count = std::min(out.size(), in.size());
        std::copy_n(out.begin(), count, in.begin());
        if (at >= passed && at < passed + count) in[at - passed] ^= std::byte{0x10};
        passed += count;
        from.sent(count);
        to.received(count);
      };
      pass(a, b);
      pass(b, a);
    }
    if (passed > at) {
      EXPECT_FALSE(done_a && done_b) << "byte " << at << " of " << passed;
    }
  }
}

}  // namespace
}  // namespace dwcp::security
