#include <filesystem>

#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

class RdmaNoDevice : public NativeTest {};

// TEST-NET-1 (RFC 5737): an address that no host has.
TEST_F(RdmaNoDevice, NoQueuePairAndNoWordAboutIt) {
  testing::internal::CaptureStderr();
  const auto pair = platform_.queue_pair(asio::ip::make_address("192.0.2.1"), {.exposed = Bytes(1), .own = Bytes(1)},
                                         platform_.control());
  const bool has = platform_.has_rdma();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(pair, nullptr);
  std::error_code none;
  const std::filesystem::directory_iterator devices("/sys/class/infiniband", none);
  if (none || devices == std::filesystem::directory_iterator()) {
    EXPECT_FALSE(has);
  }
}

}  // namespace
}  // namespace dwcp::platform::native
