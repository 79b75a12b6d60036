// The two sides of a session, at the addresses of the guest's two RDMA devices, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/amst/session.hpp"
#include "tests/lab/rdma/breakable.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::amst::test {

using namespace std::chrono_literals;

constexpr const char* address_a = "10.8.0.1";               // of the dialing side's device
constexpr const char* address_b = "10.8.0.2";               // of the accepting side's
constexpr const char* address_without_device = "10.8.1.2";  // at the same host; reached from address_a
constexpr const char* loopback = "127.0.0.1";               // no device at either side
constexpr unsigned streams = 4;
constexpr Bytes chunk_size = KiB(256);

// The parameter: whether the sides authenticate each other by certificates (TLS), or speak plain text.
class AmstRdma : public ::testing::TestWithParam<bool> {
 protected:
  void TearDown() override;
  void run(std::function<Task<void>()> body);
  // Makes the session; the dialing side reaches the other at `address`.
  Task<void> open(const char* address = address_b);
  // The dialing side sends so many more chunks, or more as long as it is so (looked at before each).
  Task<void> send(std::uint64_t count);
  Task<void> send_while(std::function<bool()> condition);
  // Waits until all are released, and ends the session; then every chunk has arrived once, and whole.
  Task<void> finish();

  // Puts one queue pair of a side ("left" dials), which carries a stream, into the error state.
  Task<void> break_one(const char* side);

  // pair.sh with these words, while the session goes on.
  Task<void> tell(std::string words);

  static bool is_short();
  // Chunks that make 32 MiB, or 256.
  static std::uint64_t amount() { return (is_short() ? MiB(32) : MiB(256)).value / chunk_size.value; }
  bool all_by(Carrier carrier) const { return count_by(carrier) == streams; }
  std::size_t count_by(Carrier carrier) const;
  // How many times the side that has `peer` ("left" dials) has said it.
  std::size_t said(const std::string& record, const std::string& peer) const;

  SessionConfig config_;  // of both sides
  std::shared_ptr<Session> left_, right_;
  Stats stats_, peer_stats_;          // as finish() found them
  std::vector<std::string> reasons_;  // that were given for RDMA's failures

 private:
  Task<void> receive();
  void take(const platform::Record& record);

  platform::native::TemporaryFolder folder_;
  std::map<std::pair<std::string, std::string>, std::size_t> said_;
  platform::native::BreakablePlatform platform_{
      {.root = folder_.path(), .lanes = 2, .compute_threads = 1, .on_record = [this](const auto& r) { take(r); }}};
  TimePoint began_{};
  std::uint64_t sent_ = 0;
  std::set<std::uint64_t> arrived_;
  std::uint64_t repeated_ = 0, damaged_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<platform::Scope> receiving_;
};

}  // namespace dwcp::amst::test
