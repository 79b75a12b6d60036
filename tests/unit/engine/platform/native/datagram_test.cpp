#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

class NativeDatagram : public NativeTest {};

TEST_F(NativeDatagram, CarriesMessagesAndTheirSender) {
  run([&]() -> Task<void> {
    Datagram a = platform_.datagram(loopback()), b = platform_.datagram(loopback());
    const std::string question = "anybody there?";
    co_await a.async_send(asio::buffer(question), b.local());
    std::array<char, 64> text{};
    Endpoint from;
    const std::size_t n = co_await b.async_receive(asio::buffer(text), from);
    EXPECT_EQ(std::string_view(text.data(), n), question);
    EXPECT_EQ(from, a.local());
  });
}

TEST_F(NativeDatagram, CutsOffWhatDoesNotFit) {
  run([&]() -> Task<void> {
    Datagram a = platform_.datagram(loopback()), b = platform_.datagram(loopback());
    co_await a.async_send(asio::buffer(std::string(100, 'x')), b.local());
    co_await a.async_send(asio::buffer(std::string("next")), b.local());
    std::array<char, 10> text{};
    Endpoint from;
    EXPECT_EQ(co_await b.async_receive(asio::buffer(text), from), 10U);
    EXPECT_EQ(co_await b.async_receive(asio::buffer(text), from), 4U);
  });
}

TEST_F(NativeDatagram, DeadlineEndsAWait) {
  run([&]() -> Task<void> {
    Datagram socket = platform_.datagram(loopback());
    std::array<char, 10> text{};
    Endpoint from;
    const auto receive = [](Datagram& d, std::array<char, 10>& into, Endpoint& sender) -> Task<std::size_t> {
      co_return co_await d.async_receive(asio::buffer(into), sender);
    };
    const ErrorCode error = co_await error_of(
        with_deadline(platform_, std::chrono::milliseconds(10), "message", receive(socket, text, from)));
    EXPECT_EQ(error, make_error_code(Errc::timed_out));
  });
}

}  // namespace
}  // namespace dwcp::platform::native
