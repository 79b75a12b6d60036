#include "tests/unit/tidy/source.hpp"

#include <gtest/gtest.h>

namespace dwcp::tidy {
namespace {

std::string code_of(std::string_view text) {
  std::string all;
  for (const auto& line : parse_source("x.cpp", text).code) all += line + "\n";
  return all;
}

TEST(Source, CommentsAreBlanked) {
  EXPECT_EQ(code_of("int a;  // getenv"), "int a;           \n");
  EXPECT_EQ(code_of("a /* getenv\ngetenv */ b"), "a          \n          b\n");
}

TEST(Source, LiteralsAreBlanked) {
  EXPECT_EQ(code_of("f(\"getenv\");"), "f(\"      \");\n");
  EXPECT_EQ(code_of("f(\"a\\\"getenv\"); g"), "f(\"         \"); g\n");
  EXPECT_EQ(code_of("c = '\"'; getenv"), "c = ' '; getenv\n");
  EXPECT_EQ(code_of("R\"(getenv\n\" getenv)\" x"), "         \n           x\n");
}

TEST(Source, DigitSeparatorsAreNotLiterals) { EXPECT_EQ(code_of("1'000'000, getenv"), "1'000'000, getenv\n"); }

TEST(Source, KnowsItsFolders) {
  const Source source = parse_source("engine/base/units.hpp", "");
  EXPECT_EQ(source.folder(), "engine/base");
  EXPECT_TRUE(source.is_in("engine"));
  EXPECT_TRUE(source.is_in("engine/base"));
  EXPECT_FALSE(source.is_in("engine/ba"));
  EXPECT_TRUE(source.is_header());
}

TEST(Violation, NamesPlaceRuleFaultAndRemedy) {
  EXPECT_EQ((Violation{"a/b.cpp", 7, "form", "is wrong", "do this"}).text(), "a/b.cpp:7: form: is wrong; do this");
  EXPECT_EQ((Violation{"a", 0, "form", "is wrong", "do this"}).text(), "a: form: is wrong; do this");
}

}  // namespace
}  // namespace dwcp::tidy
