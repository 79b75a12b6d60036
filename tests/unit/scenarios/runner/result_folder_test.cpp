#include "scenarios/runner/result_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace dwcp::scenarios {
namespace {

namespace fs = std::filesystem;

class ResultFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    out_ = fs::path(testing::TempDir()) / ("dwcp-results-" + std::to_string(getpid()));
    fs::remove_all(out_);
  }
  void TearDown() override { fs::remove_all(out_); }
  fs::path out_;
};

TEST_F(ResultFolderTest, EachRunHasItsOwnAndLatestFollows) {
  const auto first = make_result_folder(out_, "suite/name", "20260131-120000", 7);
  EXPECT_EQ(first, out_ / "suite/name/20260131-120000-7");
  const auto second = make_result_folder(out_, "suite/name", "20260131-120000", 7);
  EXPECT_EQ(second, out_ / "suite/name/20260131-120000-7-2");
  reports::Result result;
  write_results(first, result);
  EXPECT_EQ(fs::canonical(out_ / "suite/name/latest"), fs::canonical(first));
  write_results(second, result);
  EXPECT_EQ(fs::canonical(out_ / "suite/name/latest"), fs::canonical(second));
  EXPECT_TRUE(fs::exists(second / "result.json"));
  EXPECT_TRUE(fs::exists(second / "junit.xml"));
}

TEST_F(ResultFolderTest, SaysWhatCannotBeMade) {
  try {
    make_result_folder("/proc/nowhere", "s/n", "t", 1);
    FAIL() << "was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), make_error_code(Errc::storage_failed));
    EXPECT_NE(std::string(error.what()).find("/proc/nowhere"), std::string::npos);
  }
}

}  // namespace
}  // namespace dwcp::scenarios
