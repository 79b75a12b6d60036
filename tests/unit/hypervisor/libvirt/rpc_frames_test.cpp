#include "hypervisor/libvirt/rpc_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fuzz/libvirt/check.hpp"

namespace dwcp::libvirt {
namespace {

using ::testing::HasSubstr;
using testing::rpc_frame;

constexpr std::uint32_t keepalive = 0x6b656570, finish3_params = 306;

ByteVector joined(const std::vector<ByteVector>& frames) {
  ByteVector bytes;
  for (const ByteVector& frame : frames) bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

std::vector<ByteVector> all_of(RpcSplitter& splitter) {
  std::vector<ByteVector> frames;
  while (auto frame = splitter.next().value()) frames.push_back(std::move(*frame));
  return frames;
}

TEST(RpcSplitter, CutsWhereverTheBytesWereSplit) {
  const std::vector<ByteVector> sent{rpc_frame({.serial = 1}), rpc_frame({.serial = 2}, {1, 2, 3}),
                                     rpc_frame({.serial = 3}, std::vector<std::uint32_t>(40, 7))};
  const ByteVector bytes = joined(sent);
  for (std::size_t first = 0; first <= bytes.size(); ++first)
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      RpcSplitter splitter;
      std::vector<ByteVector> got;
      for (const auto& [from, to] : {std::pair{std::size_t{0}, first}, {first, second}, {second, bytes.size()}}) {
        splitter.feed(ByteSpan(bytes).subspan(from, to - from));
        for (ByteVector& frame : all_of(splitter)) got.push_back(std::move(frame));
      }
      ASSERT_EQ(got, sent) << "split at " << first << " and " << second;
    }
}

TEST(RpcSplitter, WaitsForAWholeFrame) {
  const ByteVector frame = rpc_frame({}, {5});
  RpcSplitter splitter;
  for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
    splitter.feed(ByteSpan(frame).subspan(i, 1));
    ASSERT_FALSE(splitter.next().value()) << i;
  }
  splitter.feed(ByteSpan(frame).last(1));
  EXPECT_EQ(splitter.next().value(), frame);
  EXPECT_FALSE(splitter.next().value());
}

class BadLength : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(BadLength, IsRefusedAsSoonAsItIsRead) {
  ByteVector length(4);
  store_be(length.data(), GetParam());
  RpcSplitter splitter;
  splitter.feed(length);
  const auto next = splitter.next();
  ASSERT_TRUE(next.has_error());
  EXPECT_EQ(next.error().code, make_error_code(Errc::protocol_error));
  EXPECT_THAT(next.error().detail, HasSubstr("a libvirt message of " + std::to_string(GetParam()) + " bytes"));
}
INSTANTIATE_TEST_SUITE_P(RpcSplitter, BadLength,
                         ::testing::Values(0u, 1u, 4u, 27u, static_cast<std::uint32_t>(rpc_frame_max) + 1, 0x80000000u,
                                           0xffffffffu));

TEST(RpcSplitter, TakesTheShortestAndTheLongest) {
  for (const std::size_t size : {std::size_t{28}, rpc_frame_max}) {
    ByteVector frame(size);
    store_be(frame.data(), static_cast<std::uint32_t>(size));
    RpcSplitter splitter;
    splitter.feed(frame);
    EXPECT_EQ(splitter.next().value(), frame);
  }
}

TEST(RpcVerdict, LetsTheCallsOfAMigrationPass) {
  // remote_protocol.x: open, close, supports_feature, auth_list, prepare3_params.
  const std::vector<std::uint32_t> allowed{1, 2, 60, 66, 303};
  for (std::uint32_t procedure = 0; procedure < 1000; ++procedure) {
    if (procedure == finish3_params) continue;
    const bool passes = std::find(allowed.begin(), allowed.end(), procedure) != allowed.end();
    EXPECT_EQ(judge_client_frame(rpc_frame({.procedure = procedure}, {1, 2})),
              passes ? RpcVerdict::pass : RpcVerdict::refuse)
        << procedure;
  }
}

TEST(RpcVerdict, HoldsFinishAndKnowsACancelledOne) {
  const auto finish = [](std::uint32_t cancelled) {
    return rpc_frame({.procedure = finish3_params}, {8, 9, cancelled});
  };
  EXPECT_EQ(judge_client_frame(finish(0)), RpcVerdict::finish);
  EXPECT_EQ(judge_client_frame(finish(1)), RpcVerdict::finish_cancelled);
  EXPECT_EQ(judge_client_frame(finish(0xffffffff)), RpcVerdict::finish_cancelled);
}

TEST(RpcVerdict, RefusesAFinishWithoutArguments) {
  EXPECT_EQ(judge_client_frame(rpc_frame({.procedure = finish3_params})), RpcVerdict::refuse);
}

TEST(RpcVerdict, RefusesOtherProgramsAndWhatIsNoCall) {
  const std::uint32_t qemu_program = 0x20008087, lxc_program = 0x20008088;
  for (const std::uint32_t program : {qemu_program, lxc_program, 0u})
    EXPECT_EQ(judge_client_frame(rpc_frame({.program = program})), RpcVerdict::refuse) << program;
  for (const std::uint32_t type : {1u, 2u, 3u, 4u, 5u}) {
    EXPECT_EQ(judge_client_frame(rpc_frame({.type = type})), RpcVerdict::refuse) << type;
    EXPECT_EQ(judge_client_frame(rpc_frame({.procedure = finish3_params, .type = type}, {0})), RpcVerdict::refuse)
        << type;
  }
}

TEST(Keepalive, PassesAndIsAnsweredWithAPong) {
  const ByteVector ping = rpc_frame({.program = keepalive, .procedure = 1, .type = 2, .serial = 0});
  const ByteVector pong = rpc_frame({.program = keepalive, .procedure = 2, .type = 2, .serial = 0});
  EXPECT_EQ(judge_client_frame(ping), RpcVerdict::pass);
  EXPECT_EQ(judge_client_frame(pong), RpcVerdict::pass);
  EXPECT_TRUE(is_keepalive_ping(ping));
  EXPECT_FALSE(is_keepalive_ping(pong));
  EXPECT_FALSE(is_keepalive_ping(rpc_frame({.procedure = 1})));
  EXPECT_EQ(keepalive_pong(), pong);
}

TEST(Reply, IsKnownByItsSerial) {
  const auto reply = [](std::uint32_t serial, std::uint32_t status) {
    return rpc_frame({.procedure = finish3_params, .type = 1, .serial = serial, .status = status});
  };
  bool failed = true;
  EXPECT_TRUE(is_reply_to(reply(7, 0), 7, failed));
  EXPECT_FALSE(failed);
  EXPECT_TRUE(is_reply_to(reply(7, 1), 7, failed));
  EXPECT_TRUE(failed);
  EXPECT_FALSE(is_reply_to(reply(8, 0), 7, failed));
  EXPECT_TRUE(failed) << "it is left as it was";
  EXPECT_FALSE(is_reply_to(rpc_frame({.procedure = finish3_params, .type = 0, .serial = 7}), 7, failed));
  EXPECT_FALSE(is_reply_to(rpc_frame({.program = keepalive, .type = 1, .serial = 7}), 7, failed));
}

TEST(Header, IsReadAsItIsWritten) {
  const RpcHeader header = header_of(
      rpc_frame({.program = 11, .version = 12, .procedure = 13, .type = 14, .serial = 15, .status = 16}, {17}));
  EXPECT_EQ(header.program, 11u);
  EXPECT_EQ(header.version, 12u);
  EXPECT_EQ(header.procedure, 13u);
  EXPECT_EQ(header.type, 14u);
  EXPECT_EQ(header.serial, 15u);
  EXPECT_EQ(header.status, 16u);
}

}  // namespace
}  // namespace dwcp::libvirt
