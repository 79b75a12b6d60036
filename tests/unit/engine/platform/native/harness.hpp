// A platform on this host and a folder of its own, for one test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>

#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::platform::native {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dwcp-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class NativeTest : public ::testing::Test {
 protected:
  // A test that hangs is cut off by this, and fails.
  static constexpr Duration patience = std::chrono::seconds(60);

  void run(std::function<Task<void>()> body) { platform_.run(with_deadline(platform_, patience, "test", body())); }

  static Endpoint loopback(std::uint16_t port = 0) { return {asio::ip::address_v4::loopback(), port}; }

  TemporaryFolder folder_;
  NativePlatform platform_{{.root = folder_.path(), .lanes = 2, .compute_threads = 2, .seed = 7}};
};

// The error that `task` ends with; no error when it does not fail.
template <class T>
Task<ErrorCode> error_of(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& error) {
    co_return error.code();
  }
  co_return ErrorCode{};
}

}  // namespace dwcp::platform::native
