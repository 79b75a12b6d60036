#include "engine/platform/handler.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

TEST(Handler, CompletesByPostingAndDisconnectsFirst) {
  run_process([](Platform& p) -> Task<void> {
    asio::cancellation_signal signal;
    int calls = 0, cancellations = 0;
    Handler handler(asio::bind_cancellation_slot(signal.slot(),
                                                 [&](ErrorCode error, std::size_t n) {
                                                   ++calls;
                                                   EXPECT_EQ(error, asio::error::eof);
                                                   EXPECT_EQ(n, 7u);
                                                 }),
                    p.control());
    handler.get_cancellation_slot().assign([&](asio::cancellation_type) { ++cancellations; });
    handler.complete(asio::error::eof, 7);
    EXPECT_EQ(calls, 0);
    EXPECT_FALSE(handler);
    signal.emit(asio::cancellation_type::terminal);
    EXPECT_EQ(cancellations, 0);
    co_await sleep_for(p, 1ns);
    EXPECT_EQ(calls, 1);
  });
}

TEST(Handler, DropDestroysWithoutCalling) {
  run_process([](Platform& p) -> Task<void> {
    auto kept = std::make_shared<int>(0);
    Handler handler([kept](ErrorCode, std::size_t) { ADD_FAILURE(); }, p.control());
    EXPECT_EQ(kept.use_count(), 2);
    handler.drop();
    EXPECT_EQ(kept.use_count(), 1);
    handler.drop();  // nothing there: harmless
    co_return;
  });
}

TEST(Handler, KeepsItsExecutor) {
  run_process([](Platform& p) -> Task<void> {
    Handler bound(asio::bind_executor(p.lane(1), [](ErrorCode, std::size_t) {}), Executor());
    EXPECT_TRUE(bound.get_executor() == p.lane(1));
    Handler unbound([](ErrorCode, std::size_t) {}, p.control());
    EXPECT_TRUE(unbound.get_executor() == p.control());
    co_return;
  });
}

}  // namespace
}  // namespace dwcp::platform
