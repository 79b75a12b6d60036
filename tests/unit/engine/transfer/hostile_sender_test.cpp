// Senders that keep to the session's rules and not to the transfer's: each is told what it did, and the receiver lives
// to serve an honest one.
#include "engine/transfer/names.hpp"
#include "engine/transfer/wire.hpp"
#include "tests/unit/engine/transfer/two_hosts.hpp"

namespace dwcp::transfer {
namespace {

class HostileSender : public TwoHosts {
 protected:
  using Misbehaviour = std::function<Task<void>(amst::Session&)>;

  // Lets one session misbehave, until it is ended; then sends a file as one should. Returns why the first ended.
  Failure misbehave(Misbehaviour misbehaviour) {
    put(source("honest"), pattern(100'000, 1));
    Failure ended;
    const Outcome outcome =
        carry(receive_options(), [&](platform::Platform& platform, platform::Endpoint to) -> Task<Report> {
          return first_badly_then_well(platform, to, misbehaviour, ended);
        });
    EXPECT_FALSE(outcome.send_failure.code) << outcome.send_failure.message();
    EXPECT_FALSE(outcome.receive_failure.code) << outcome.receive_failure.message();
    EXPECT_TRUE(get(target("honest")) == get(source("honest")));
    return ended;
  }

 private:
  Task<Report> first_badly_then_well(platform::Platform& platform, platform::Endpoint to, Misbehaviour& misbehaviour,
                                     Failure& ended) {
    SendOptions options;
    options.to.push_back(to);
    options.self = amst::Identity(NodeId("sender"), "test");
    options.session = session_config();
    auto session = co_await amst::connect(platform, options.to, options.self, options.session);
    try {
      co_await misbehaviour(*session);
      for (;;) co_await session->receive_message();
    } catch (const Error& error) {
      ended = {error.code(), error.detail()};
    }
    session.reset();
    const std::vector<SourceFile> files{{"honest", "honest"}};
    co_return co_await send(platform, files, options, {}, {});
  }
};

Task<void> say(amst::Session& session, Message message) {
  ByteVector bytes = encode(message);
  co_await session.send_message(std::move(bytes));
}

Offer offer_of(std::uint64_t files) {
  Offer offer;
  offer.files = files;
  return offer;
}

Files one_file(const std::string& name, Bytes size = MiB(4)) {
  Files files;
  files.entries.push_back({FileIndex(0), size, name});
  return files;
}

// The receiver's answer to the only file.
Task<Answer> answer_to(amst::Session& session, const std::string& name) {
  const Message offer = offer_of(1), files = one_file(name);
  co_await say(session, offer);
  co_await say(session, files);
  const ByteVector bytes = co_await session.receive_message();
  const Message message = decode(bytes).value();
  co_return std::get<Answer>(message);
}

TEST_F(HostileSender, NonsenseInsteadOfAnOffer) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    ByteVector nonsense(100, std::byte{0xee});
    co_await session.send_message(std::move(nonsense));
  });
  EXPECT_EQ(ended.code, make_error_code(Errc::protocol_error)) << ended.message();
  EXPECT_NE(ended.detail.find("unknown type 238"), std::string::npos) << ended.detail;
}

TEST_F(HostileSender, AnotherVersion) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    Offer offer = offer_of(1);
    offer.version = 77;
    const Message message = offer;
    co_await say(session, message);
  });
  EXPECT_EQ(ended.code, make_error_code(Errc::version_mismatch)) << ended.message();
  EXPECT_NE(ended.detail.find("77"), std::string::npos) << ended.detail;
}

TEST_F(HostileSender, AFileOutOfTurn) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    const Message offer = offer_of(1);
    Files files = one_file("x");
    files.entries[0].index = FileIndex(5);
    const Message message = files;
    co_await say(session, offer);
    co_await say(session, message);
  });
  EXPECT_EQ(ended.code, make_error_code(Errc::protocol_error)) << ended.message();
}

TEST_F(HostileSender, NamesThatLeaveTheFolder) {
  std::vector<Answer> answers;
  for (const char* name : {"../outside", "/tmp/outside", "..", "a/b", "x.partial"}) {
    const Failure ended = misbehave([&](amst::Session& session) -> Task<void> {
      answers.push_back(co_await answer_to(session, name));
      session.abort({Errc::cancelled, "enough"});
    });
    std::filesystem::remove(target("honest"));
  }
  ASSERT_EQ(answers.size(), 5U);
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.what, Disposition::refuse);
    EXPECT_EQ(answer.code, static_cast<int>(Errc::refused));
  }
  EXPECT_FALSE(std::filesystem::exists(into_.path().parent_path() / "outside"));
}

TEST_F(HostileSender, ABlockOfAFileThatWasNotOffered) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    const Message offer = offer_of(1);
    co_await say(session, offer);
    std::vector<Slice> payload;
    payload.push_back(Slice::adopt(encode(BlockHeader{FileIndex(0), BlockIndex(0), {}})));
    co_await session.send({}, std::move(payload));
  });
  EXPECT_EQ(ended.code, make_error_code(Errc::protocol_error)) << ended.message();
}

TEST_F(HostileSender, ABlockThatDoesNotDecode) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    co_await answer_to(session, "x");
    std::vector<Slice> payload;
    payload.push_back(Slice::adopt(encode(BlockHeader{FileIndex(0), BlockIndex(0), {}})));
    payload.push_back(Slice::adopt(ByteVector(500, std::byte{0x5a})));
    co_await session.send({}, std::move(payload));
  });
  EXPECT_TRUE(ended.code == make_error_code(Errc::bad_encoding) ||
              ended.code == make_error_code(Errc::version_mismatch))
      << ended.message();
}

TEST_F(HostileSender, AManifestThatDoesNotAgree) {
  const Failure ended = misbehave([](amst::Session& session) -> Task<void> {
    const Message offer = offer_of(1), files = one_file("x", Bytes(0));
    co_await say(session, offer);
    co_await say(session, files);
    co_await session.receive_message();
    const Message end = FileEnd{FileIndex(0), Hash128{1, 2}, 0};
    co_await say(session, end);
    const ByteVector bytes = co_await session.receive_message();
    const Message message = decode(bytes).value();
    const auto done = std::get<FileDone>(message);
    EXPECT_EQ(done.outcome, transfer::Outcome::failed);
    EXPECT_EQ(done.code, static_cast<int>(Errc::checksum_mismatch));
    session.abort({Errc::cancelled, "enough"});
  });
  EXPECT_FALSE(std::filesystem::exists(target("x")));
}

}  // namespace
}  // namespace dwcp::transfer
