// The rules, applied to the project.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tidy/rules.hpp"

namespace dwcp::tidy {
namespace {

class Project : public testing::Test {
 protected:
  static void SetUpTestSuite() { sources = load_project(DWCP_SOURCE_DIR); }

  static void expect_none(const std::vector<Violation>& violations) {
    for (const auto& violation : violations) ADD_FAILURE() << violation.text();
  }

  static inline std::vector<Source> sources;
};

// Else a wrong root would make every rule hold.
TEST_F(Project, IsFound) {
  const auto has = [&](std::string_view path) {
    return std::any_of(sources.begin(), sources.end(), [&](const Source& source) { return source.path == path; });
  };
  EXPECT_TRUE(has("engine/base/units.hpp"));
  EXPECT_TRUE(has("tests/unit/tidy/tidy_test.cpp"));
  EXPECT_TRUE(has("cmake/Component.cmake"));
}

TEST_F(Project, IncludesOnlyWhatItMay) { expect_none(check_includes(sources)); }
TEST_F(Project, ReachesTheWorldThroughThePlatform) { expect_none(check_world(sources)); }
TEST_F(Project, KeepsItsForm) { expect_none(check_form(sources)); }

}  // namespace
}  // namespace dwcp::tidy
