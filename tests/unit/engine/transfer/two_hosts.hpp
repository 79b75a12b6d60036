// A sender and a receiver as two platforms in one process, with folders of their own.
#pragma once

#include <fstream>
#include <future>
#include <thread>

#include "engine/transfer/receiver.hpp"
#include "engine/transfer/sender.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::transfer {

inline ByteVector pattern(std::size_t size, std::uint64_t seed) {
  ByteVector bytes(size);
  Random random(seed);
  // Half of it compressible, in stretches of 64 KiB, some of them zero.
  for (std::size_t at = 0; at < size; at += 65536) {
    const std::size_t end = std::min(size, at + 65536);
    const std::uint64_t kind = random.below(4);
    for (std::size_t i = at; i < end; ++i)
      bytes[i] = kind < 2    ? static_cast<std::byte>(random())
                 : kind == 2 ? static_cast<std::byte>("memory image "[i % 13])
                             : std::byte{0};
  }
  return bytes;
}

class TwoHosts : public ::testing::Test {
 protected:
  static constexpr Duration patience = std::chrono::seconds(100);

  // Small windows, and no long waits for what cannot come.
  static amst::SessionConfig session_config() {
    amst::SessionConfig config;
    config.streams = 2;
    config.resume_timeout = std::chrono::seconds(20);
    config.connect_timeout = std::chrono::seconds(10);
    return config;
  }
  static ReceiveOptions receive_options() {
    ReceiveOptions options;
    options.listen.push_back({asio::ip::address_v4::loopback(), 0});
    options.self = amst::Identity(NodeId("receiver"), "test");
    options.session = session_config();
    options.once = true;
    return options;
  }

  void put(const std::filesystem::path& path, const ByteVector& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ByteVector get(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const ByteSpan bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
  }
  std::filesystem::path source(const std::string& name) { return from_.path() / name; }
  std::filesystem::path target(const std::string& name) { return into_.path() / name; }

  // Runs a receiver on a thread of its own and `send` on this one.
  struct Outcome {
    std::optional<Report> sent, received;
    Failure send_failure, receive_failure;
  };
  using SendTask = std::function<Task<Report>(platform::Platform&, platform::Endpoint)>;

  Outcome carry(ReceiveOptions options, SendTask send_task) {
    Outcome outcome;
    std::promise<platform::Endpoint> listening;
    std::thread receiver([&] { outcome.receive_failure = receive(options, listening, outcome.received); });
    platform::native::NativePlatform platform({.root = from_.path(), .lanes = 1, .compute_threads = 2});
    const auto main = [&](platform::Endpoint to) -> Task<void> { outcome.sent = co_await send_task(platform, to); };
    try {
      const platform::Endpoint to = listening.get_future().get();
      platform.run(platform::with_deadline(platform, patience, "sending", main(to)));
    } catch (const Error& error) {
      outcome.send_failure = {error.code(), error.detail()};
    }
    receiver.join();
    return outcome;
  }

  Outcome send_files(std::vector<std::string> names, bool force = false, ReceiveOptions options = receive_options()) {
    return carry(std::move(options), [names, force](platform::Platform& platform, platform::Endpoint to) {
      std::vector<SourceFile> files;
      for (const std::string& name : names) files.push_back({name, name});
      SendOptions send_options;
      send_options.to.push_back(to);
      send_options.self = amst::Identity(NodeId("sender"), "test");
      send_options.session = session_config();
      send_options.force = force;
      send_options.patience = std::chrono::seconds(2);
      return send(platform, files, send_options, {}, {});
    });
  }

  platform::native::TemporaryFolder from_, into_;

 private:
  Failure receive(const ReceiveOptions& options, std::promise<platform::Endpoint>& listening,
                  std::optional<Report>& received) {
    platform::native::NativePlatform platform({.root = into_.path(), .lanes = 1, .compute_threads = 2});
    const auto main = [&]() -> Task<void> {
      Receiver receiver(platform, options, {}, {});
      listening.set_value(receiver.local().front());
      received = co_await receiver.serve({});
    };
    try {
      platform.run(platform::with_deadline(platform, patience, "receiving", main()));
    } catch (const Error& error) {
      return {error.code(), error.detail()};
    }
    return {};
  }
};

}  // namespace dwcp::transfer
