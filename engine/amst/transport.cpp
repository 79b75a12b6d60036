#include "engine/amst/transport.hpp"

namespace dwcp::amst {
namespace {

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(platform::Stream stream) : stream_(std::move(stream)) {}
  ~TcpTransport() override = default;
  Executor executor() const override { return stream_.get_executor(); }
  Task<std::size_t> read_some(platform::ReadBuffers into) override {
    const std::size_t count = co_await stream_.async_read_some(into);
    co_return count;
  }
  Task<std::size_t> write_some(platform::WriteBuffers from) override {
    const std::size_t count = co_await stream_.async_write_some(from);
    co_return count;
  }
  void shutdown_send() override { stream_.shutdown_send(); }
  void close() override { stream_.close(); }
  platform::PathSample path() const override { return stream_.path_sample(); }
  void set_congestion(CongestionControl wanted) override { stream_.set_congestion(wanted); }
  platform::Endpoint local() const override { return stream_.local(); }
  platform::Endpoint remote() const override { return stream_.remote(); }

 private:
  platform::Stream stream_;
};

}  // namespace

std::shared_ptr<Transport> over_tcp(platform::Stream stream) {
  return std::make_shared<TcpTransport>(std::move(stream));
}

Task<void> write_all(Transport& transport, std::span<const asio::const_buffer> from, ByteCounter& counter) {
  asio::const_buffer partial;  // what is left of the buffer that was cut
  while (!from.empty() || partial.size() > 0) {
    std::array<asio::const_buffer, platform::WriteBuffers::capacity> next;
    std::size_t count = 0;
    if (partial.size() > 0) next[count++] = partial;
    for (std::size_t i = 0; i < from.size() && count < next.size(); ++i) next[count++] = from[i];
    const platform::WriteBuffers list(std::span<const asio::const_buffer>(next.data(), count));
    std::size_t written = co_await transport.write_some(list);
    counter.fetch_add(written, std::memory_order_relaxed);
    const std::size_t of_partial = std::min(written, partial.size());
    partial += of_partial;
    written -= of_partial;
    while (written > 0) {
      const asio::const_buffer first = from.front();
      from = from.subspan(1);
      if (written < first.size()) partial = first + written;
      written -= std::min(written, first.size());
    }
    while (partial.size() == 0 && !from.empty() && from.front().size() == 0) from = from.subspan(1);
  }
}

Task<void> read_all(Transport& transport, MutableByteSpan into, ByteCounter& counter) {
  while (!into.empty()) {
    const platform::ReadBuffers list(asio::buffer(into.data(), into.size()));
    const std::size_t count = co_await transport.read_some(list);
    counter.fetch_add(count, std::memory_order_relaxed);
    into = into.subspan(count);
  }
}

}  // namespace dwcp::amst
