// Byte streams between the hypervisors of one migration: in order, whole, in both directions, through outages.
#include "engine/migration/pipe_board.hpp"
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::migration::test {
namespace {

using namespace std::chrono_literals;
using amst::test::TwoNodes;
using platform::Platform;
using Session = std::shared_ptr<amst::Session>;

// Half of it shrinks; no two pieces are alike.
ByteVector content(std::size_t size, std::uint64_t seed) {
  ByteVector bytes(size);
  Random random(seed);
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = (at / 65536) % 2 == 0 ? at / 512 : random();
    std::memcpy(bytes.data() + at, &word, std::min<std::size_t>(8, size - at));
  }
  return bytes;
}

Task<void> distribute(Session session, std::shared_ptr<PipeBoard> board) {
  Failure ended;
  try {
    for (;;) board->take(co_await session->receive());
  } catch (const boost::system::system_error& error) {
    ended = Failure(error.code(), error.what());
  }
  board->fail(ended);
}

Task<ByteVector> read_all(Pipe& pipe) {
  ByteVector all, piece(50'000);
  for (;;) {
    const std::size_t count = co_await pipe.read_some(piece);
    if (count == 0) co_return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

using Use = std::function<Task<void>(PipeBoard&, Platform&)>;

// `dialed` opens the pipes. Both sides end when their use of the pipes has.
TwoNodes::Body with_board(bool dialed, Use use) {
  return [dialed, use](Platform& platform, Session session) -> Task<void> {
    const auto board = std::make_shared<PipeBoard>(platform, session, dialed);
    std::function<Task<void>(platform::Scope&)> body = [&](platform::Scope& scope) -> Task<void> {
      scope.spawn(distribute(session, board));
      co_await use(*board, platform);
      co_await platform::sleep_for(platform, 2s);  // the other side may still read
      scope.cancel();
    };
    co_await platform::in_scope(platform, std::move(body));
  };
}

constexpr PipeTraits bulk{.purpose = 4, .urgent = false, .compress = true};
constexpr PipeTraits urgent{.purpose = 2, .urgent = true, .compress = false};

TEST(Pipes, CarryBytesInOrderThroughOutagesAndLoss) {
  const ByteVector there = content(24'000'000, 1), back = content(1'000'001, 2);
  amst::test::Stage stage;
  stage.links = {{.rate = BitRate(200'000'000), .delay = 20ms}, {.rate = BitRate(200'000'000), .delay = 35ms}};
  for (auto& link : stage.links) link.loss = sim::LossOptions::independent(0.002);
  TwoNodes nodes(stage);
  ByteVector got_there, got_back;
  nodes.left(with_board(true, [&](PipeBoard& board, Platform&) -> Task<void> {
    const auto pipe = board.open(bulk);
    const ByteSpan all(there);
    for (std::size_t at = 0; at < all.size(); at += 700'000)
      co_await pipe->write(all.subspan(at, std::min<std::size_t>(700'000, all.size() - at)));
    co_await pipe->end();
    got_back = co_await read_all(*pipe);
    co_await nodes.left_session->drained();
  }));
  nodes.right(with_board(false, [&](PipeBoard& board, Platform&) -> Task<void> {
    const auto pipe = co_await board.accept();
    EXPECT_EQ(pipe->purpose(), bulk.purpose);
    co_await pipe->write(back);
    co_await pipe->end();
    got_there = co_await read_all(*pipe);
  }));
  for (const Duration at : {300ms, 900ms}) {
    nodes.world.at(amst::test::at_time(at), [&] {
      for (sim::Link* link : nodes.links) link->cut();
    });
    nodes.world.at(amst::test::at_time(at + 4s), [&] {
      for (sim::Link* link : nodes.links) link->restore();
    });
  }
  nodes.finish(300s);
  EXPECT_TRUE(got_there == there);
  EXPECT_TRUE(got_back == back);
}

TEST(Pipes, AnUrgentOneOvertakesABulkThatNobodyReads) {
  TwoNodes nodes;
  bool answered = false;
  nodes.left(with_board(true, [&](PipeBoard& board, Platform& platform) -> Task<void> {
    const auto full = board.open(bulk);
    const ByteVector noise = content(MiB(1).value, 3);
    const auto ask = board.open(urgent);
    std::function<Task<void>(platform::Scope&)> body = [&](platform::Scope& scope) -> Task<void> {
      scope.spawn([](auto pipe, const ByteVector& bytes) -> Task<void> {
        for (;;) co_await pipe->write(bytes);  // until the window is full
      }(full, noise));
      co_await platform::sleep_for(platform, 5s);
      co_await ask->write(as_bytes("page 17, please"));
      ByteVector answer(64);
      const std::size_t count = co_await ask->read_some(answer);
      answered = as_text(ByteSpan(answer).first(count)) == "here it is";
      scope.cancel();
    };
    co_await platform::in_scope(platform, std::move(body));
    nodes.left_session->abort(Failure(Errc::session_closed, "done"));
  }));
  nodes.right(with_board(false, [&](PipeBoard& board, Platform&) -> Task<void> {
    std::shared_ptr<Pipe> ask;
    while (!ask || ask->purpose() != urgent.purpose) ask = co_await board.accept();
    ByteVector request(64);
    const std::size_t count = co_await ask->read_some(request);
    EXPECT_EQ(as_text(ByteSpan(request).first(count)), "page 17, please");
    co_await ask->write(as_bytes("here it is"));
  }));
  nodes.finish(60s);
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace dwcp::migration::test
