#include "tests/simulation/amst/meddler.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/wire.hpp"

namespace dwcp::amst::test {
namespace {

constexpr std::size_t role_at = wire::prefix_size;  // of a hello
constexpr Duration stall_max = 3s;

Task<void> read_exactly(platform::Stream& from, MutableByteSpan into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  co_await asio::async_read(from, buffer, asio::use_awaitable);
}

Task<void> write_all(platform::Stream& to, ByteSpan bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  co_await asio::async_write(to, buffer, asio::use_awaitable);
}

Task<ByteVector> read_with_length(platform::Stream& from, std::size_t head, std::size_t length_at, std::size_t tail) {
  ByteVector whole(head);
  co_await read_exactly(from, whole);
  const auto length = load_le<std::uint32_t>(&whole[length_at]);
  whole.resize(head + length + tail);
  co_await read_exactly(from, MutableByteSpan(whole).subspan(head));
  co_return whole;
}

}  // namespace

std::optional<Mischief> Meddler::next_mischief(unsigned one_in) {
  if (budget_ == 0 || random_.below(one_in) != 0) return std::nullopt;
  const auto what = static_cast<Mischief>(random_.below(mischiefs));
  if (!frames_ && (what == Mischief::repeat || what == Mischief::swap)) return std::nullopt;
  --budget_;
  ++done_[what];
  return what;
}

Task<void> Meddler::pass_on(platform::Stream& from, platform::Stream& to) {
  ByteVector bytes(64 * 1024);
  for (;;) {
    const std::size_t count = co_await from.async_read_some(asio::buffer(bytes));
    co_await write_all(to, ByteSpan(bytes).first(count));
  }
}

Task<void> Meddler::meddle_with_frames(Platform& platform, platform::Stream& from, platform::Stream& to) {
  std::optional<ByteVector> held;
  for (;;) {
    ByteVector frame = co_await read_with_length(from, wire::header_size, 4, wire::trailer_size);
    const auto what = next_mischief(8);
    if (what == Mischief::corrupt) frame[random_.below(frame.size())] ^= std::byte{1} << random_.below(8);
    if (what == Mischief::stall) {
      const std::size_t part = random_.below(frame.size());
      co_await write_all(to, ByteSpan(frame).first(part));
      co_await platform::sleep_for(platform, random_.between(10ms, stall_max));
      frame.erase(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(part));
    }
    if (what == Mischief::hang_up) {
      co_await write_all(to, ByteSpan(frame).first(random_.below(frame.size())));
      co_return;
    }
    if (what == Mischief::swap && !held) {
      held = std::move(frame);
      continue;
    }
    co_await write_all(to, frame);
    if (what == Mischief::repeat) co_await write_all(to, frame);
    if (held) co_await write_all(to, *std::exchange(held, std::nullopt));
  }
}

Task<void> Meddler::meddle_with_bytes(Platform& platform, platform::Stream& from, platform::Stream& to) {
  ByteVector bytes(64 * 1024);
  for (;;) {
    const std::size_t count = co_await from.async_read_some(asio::buffer(bytes));
    const auto what = next_mischief(20);
    if (what == Mischief::corrupt) bytes[random_.below(count)] ^= std::byte{1} << random_.below(8);
    if (what == Mischief::stall) co_await platform::sleep_for(platform, random_.between(10ms, stall_max));
    if (what == Mischief::hang_up) co_return;
    co_await write_all(to, ByteSpan(bytes).first(count));
  }
}

// Ends with the first direction that ends.
Task<void> Meddler::relay(Platform& platform, platform::Stream client) {
  using namespace asio::experimental::awaitable_operators;
  try {
    platform::Stream server = co_await platform.connect(to_, {}, platform.control());
    // A session that was tampered with before it began is refused, not resumed.
    bool meddles = !frames_ && std::exchange(opened_, true);
    if (frames_) {
      const ByteVector hello = co_await read_with_length(client, wire::prefix_size, 12, 0);
      meddles = hello[role_at] == std::byte{static_cast<std::uint8_t>(wire::Role::data)};
      if (meddles) hello_ = hello;
      co_await write_all(server, hello);
    }
    auto there = !meddles  ? pass_on(client, server)
                 : frames_ ? meddle_with_frames(platform, client, server)
                           : meddle_with_bytes(platform, client, server);
    auto back = pass_on(server, client);
    co_await (std::move(there) || std::move(back));
  } catch (const std::exception&) {
    // One side hung up, or both did: both streams close.
  }
}

Task<void> Meddler::serve(Platform& platform) {
  const auto listener = platform.listen(Endpoint{asio::ip::address_v4::any(), port}, {});
  platform::Scope scope(platform, platform.control());
  for (;;) {
    platform::Stream client = co_await listener->accept(platform.control());
    scope.spawn(relay(platform, std::move(client)));
  }
}

}  // namespace dwcp::amst::test
