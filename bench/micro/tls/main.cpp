// bench_micro_tls [Google Benchmark's own options]
// What TLS costs the processor, without a kernel's sockets: one thread seals and opens, as a session's two ends do.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "engine/security/authority.hpp"
#include "engine/security/tls_channel.hpp"

namespace dwcp::bench {
namespace {

using namespace security;

constexpr std::size_t memory_size = std::size_t{64} << 20;  // much more than a cache holds, as guests' memory is
constexpr std::size_t piece_size = std::size_t{256} << 10;  // as sessions write and read
constexpr std::size_t header_size = 40;
constexpr Validity validity{std::chrono::sys_days(std::chrono::year(2025) / 1 / 1),
                            std::chrono::sys_days(std::chrono::year(2099) / 1 / 1)};
constexpr WallTime now = validity.from + std::chrono::days(1);

std::shared_ptr<const Credentials> credentials_of(const char* name) {
  const auto root = Authority::create("bench", validity, seeded_entropy(1, "authority"));
  const auto issued =
      Authority::load(root).value().issue(PeerName("bench", NodeId(name)), validity, seeded_entropy(1, name));
  return Credentials::load({issued.certificate, issued.key, root.certificate}, now).value();
}

struct Pair {
  Pair() {
    while (!(a.handshake() & b.handshake())) {
      carry(a, b, ~std::size_t{0});
      carry(b, a, ~std::size_t{0});
    }
    carry(a, b, ~std::size_t{0});
  }
  static std::size_t carry(TlsChannel& from, TlsChannel& to, std::size_t most) {
    const ByteSpan out = from.to_send();
    const MutableByteSpan in = to.room();
    const std::size_t count = std::min({out.size(), in.size(), most});
    std::copy_n(out.begin(), count, in.begin());
    from.sent(count);
    to.received(count);
    return count;
  }
  TlsChannel a{credentials_of("a"), Side::dialing, now}, b{credentials_of("b"), Side::accepting, now};
};

void seal_records(benchmark::State& state) {
  Pair pair;
  const ByteVector memory(memory_size, std::byte{0x5a}), header(header_size);
  std::size_t at = 0;
  for (auto _ : state) {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(header), asio::buffer(memory.data() + at, piece_size)};
    std::size_t written = 0;
    while (written < header_size + piece_size) {
      platform::WriteBuffers list;
      if (written < header_size) {
        list = platform::WriteBuffers(buffers);
      } else {
        list = platform::WriteBuffers(asio::buffer(buffers[1] + (written - header_size)));
      }
      written += pair.a.write(list);
      pair.a.sent(pair.a.to_send().size());
    }
    at = (at + piece_size) % memory_size;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * piece_size));
}

// The argument: how many bytes a receive from the socket gives. What the sending end costs is not counted.
void open_records(benchmark::State& state) {
  Pair pair;
  const auto at_once = static_cast<std::size_t>(state.range(0));
  const ByteVector plain(piece_size, std::byte{0x5a});
  ByteVector memory(memory_size);
  std::size_t at = 0, bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ByteVector records;
    while (records.size() < 4 * piece_size) {
      pair.a.write(platform::WriteBuffers(asio::buffer(plain)));
      const ByteSpan out = pair.a.to_send();
      records.insert(records.end(), out.begin(), out.end());
      pair.a.sent(out.size());
    }
    state.ResumeTiming();
    for (std::size_t done = 0; done < records.size();) {
      const MutableByteSpan in = pair.b.room();
      const std::size_t count = std::min({records.size() - done, in.size(), at_once});
      std::copy_n(records.begin() + static_cast<std::ptrdiff_t>(done), count, in.begin());
      pair.b.received(count);
      done += count;
      while (const std::size_t opened =
                 pair.b.read(platform::ReadBuffers(asio::buffer(memory.data() + at, piece_size)))) {
        at = (at + opened) % (memory_size - piece_size);
        bytes += opened;
      }
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK(seal_records);
BENCHMARK(open_records)->Arg(1448)->Arg(16 << 10)->Arg(64 << 10)->Arg(256 << 10);

}  // namespace
}  // namespace dwcp::bench

BENCHMARK_MAIN();
