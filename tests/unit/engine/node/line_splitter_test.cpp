#include "engine/node/line_splitter.hpp"

#include <gtest/gtest.h>

namespace dwcp::node {
namespace {

TEST(LineSplitter, CutsWhereverTheBytesAreCut) {
  const std::string text = "one\ntwo\r\n\nthree\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter lines(5);
    std::string seen;
    for (std::size_t at = 0; at < text.size(); at += size) {
      ASSERT_TRUE(lines.feed(text.substr(at, size)));
      while (const auto line = lines.next()) seen += "[" + *line + "]";
    }
    EXPECT_EQ(seen, "[one][two][][three]") << size;
  }
}

TEST(LineSplitter, KeepsWhatHasNoBreakYet) {
  LineSplitter lines(10);
  EXPECT_TRUE(lines.feed("abc"));
  EXPECT_FALSE(lines.next());
  EXPECT_TRUE(lines.feed("d\ne"));
  EXPECT_EQ(lines.next(), "abcd");
  EXPECT_FALSE(lines.next());
}

TEST(LineSplitter, RefusesWhatIsTooLong) {
  LineSplitter exact(4);
  EXPECT_TRUE(exact.feed("1234"));
  EXPECT_TRUE(exact.feed("\n1234\n"));
  LineSplitter unfinished(4);
  EXPECT_FALSE(unfinished.feed("12345"));
  LineSplitter finished(4);
  EXPECT_FALSE(finished.feed("12345\n"));
}

}  // namespace
}  // namespace dwcp::node
