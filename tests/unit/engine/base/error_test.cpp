#include "engine/base/error.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <vector>

namespace dwcp {
namespace {

struct Row {
  std::string name;
  int number;
  std::string text;
};

const std::vector<Row> table = {
#define DWCP_ERROR(name, number, text) {#name, number, text},
#include "engine/base/error_table.def"
#undef DWCP_ERROR
};

TEST(ErrorTable, NumbersAndTextsAreUnique) {
  std::map<int, std::string> by_number;
  std::map<std::string, std::string> by_text;
  for (const Row& row : table) {
    EXPECT_TRUE(by_number.emplace(row.number, row.name).second)
        << row.name << " and " << by_number[row.number] << " share the number " << row.number;
    EXPECT_TRUE(by_text.emplace(row.text, row.name).second)
        << row.name << " and " << by_text[row.text] << " share the text '" << row.text << "'";
    EXPECT_FALSE(row.text.empty()) << row.name;
    EXPECT_TRUE(row.number >= 100 && row.number < 1000) << row.name << " has the number " << row.number;
  }
}

// Numbers appear on the wire and in results: they may be added, never reused. A few that are pinned.
TEST(ErrorTable, PublishedNumbersStay) {
  EXPECT_EQ(static_cast<int>(Errc::bad_unit), 100);
  EXPECT_EQ(static_cast<int>(Errc::protocol_error), 200);
  EXPECT_EQ(static_cast<int>(Errc::bad_encoding), 300);
  EXPECT_EQ(static_cast<int>(Errc::not_converging), 400);
  EXPECT_EQ(static_cast<int>(Errc::storage_failed), 500);
}

TEST(ErrorTable, EveryRowSaysWhatItMeans) {
  std::ifstream file(DWCP_SOURCE_DIR "/engine/base/error_table.def");
  ASSERT_TRUE(file.is_open());
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("DWCP_ERROR(", 0) != 0) continue;
    ++rows;
    EXPECT_NE(line.find("  // "), std::string::npos) << "no comment: " << line;
  }
  EXPECT_EQ(rows, table.size()) << "a row that is not on one line";
}

TEST(ErrorTable, CategoryGivesTheText) {
  for (const Row& row : table) EXPECT_EQ(error_category().message(row.number), row.text);
  EXPECT_EQ(error_category().message(7), "unknown error 7");
}

TEST(Failure, MessageIsTheTablesTextThenTheParticulars) {
  EXPECT_EQ(Failure(Errc::bad_unit, "size '4'").message(), "bad unit: size '4'");
  EXPECT_EQ(Failure(Errc::cancelled, "").message(), "cancelled");
}

TEST(Result, ValueOfAFailureThrowsTheError) {
  const Result<int> result = Failure(Errc::not_found, "vm 'web-1'");
  try {
    (void)result.value();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), make_error_code(Errc::not_found));
    EXPECT_EQ(error.detail(), "vm 'web-1'");
  }
}

}  // namespace
}  // namespace dwcp
