// One end of a connected pair of queue pairs, for tests, and the two of them on the lanes of one platform.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "engine/platform/crossing.hpp"
#include "tests/lab/rdma/content.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {

// Used on its lane only, but for its creation.
class End {
 public:
  End(NativePlatform& platform, unsigned lane, const char* address)
      : lane_(platform.lane(lane)),
        address_(asio::ip::make_address(address)),
        platform_(platform),
        changed_(platform, lane_) {}

  // Makes the queue pair; the test fails when there is none.
  Task<void> open(QueuePairOptions options);
  // Throws what QueuePair::connect() throws.
  Task<void> connect(ByteVector peer);
  Task<ByteVector> address();
  Task<void> close();
  // As QueuePair::write(), but waits its turn when writes_max are posted.
  void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate);
  // Return when it is so, or throw the failure that came first. Counted from the first write on.
  Task<void> until_written(std::size_t count);
  Task<void> until_arrived(std::size_t count);
  Task<Failure> until_failed();

  QueuePair& pair() { return *pair_; }
  void drop() { pair_.reset(); }
  Executor lane() const { return lane_; }
  const std::vector<std::uint32_t>& arrived() const { return arrived_; }

  // Set before it is open.
  std::function<void(std::uint32_t)> on_arrival;  // called before it is counted
  std::function<void()> on_failure;               // called before it is told

 private:
  const Executor lane_;
  const asio::ip::address address_;
  NativePlatform& platform_;
  Event changed_;
  void post_what_fits();

  struct Write {
    std::size_t from, length, to;
    std::uint32_t immediate;
  };
  QueuePairOptions options_;
  std::shared_ptr<QueuePair> pair_;
  std::deque<Write> waiting_;
  std::size_t posted_ = 0;
  std::size_t written_ = 0;
  std::vector<std::uint32_t> arrived_;
  std::optional<Failure> failed_;
};

class RdmaTest : public NativeTest {
 protected:
  static constexpr const char* address_a = "10.8.0.1";
  static constexpr const char* address_b = "10.8.0.2";

  // Both open, and connected to each other.
  Task<void> join(QueuePairOptions options);
  Task<void> open_both(QueuePairOptions options);
  static bool is_short();
  void TearDown() override;

  End a_{platform_, 0, address_a};
  End b_{platform_, 1, address_b};
};

}  // namespace dwcp::platform::native
