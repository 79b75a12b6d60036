#include "scenarios/format/reference.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "scenarios/format/table.hpp"

namespace dwcp::scenarios {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(std::string(DWCP_SOURCE_DIR "/") + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Reference, IsUpToDate) {
  EXPECT_EQ(content_of("docs/reference/scenario.md"), scenario_reference())
      << "run: ./dwcp schema --markdown > docs/reference/scenario.md";
}

TEST(Schema, IsUpToDate) {
  EXPECT_EQ(content_of("scenarios/schema.json"), scenario_schema_text())
      << "run: ./dwcp schema > scenarios/schema.json";
}

// Every field of every object says what it means.
void expect_explained(const Shape& shape) {
  if (shape.element) expect_explained(*shape.element);
  for (const FieldShape& field : shape.fields) {
    EXPECT_GE(field.about.size(), 5u) << shape.name << "." << field.key;
    EXPECT_TRUE(field.about.empty() || field.about.back() == '.') << shape.name << "." << field.key;
    expect_explained(*field.shape);
  }
}
TEST(Reference, ExplainsEveryKey) { expect_explained(scenario_shape()); }

}  // namespace
}  // namespace dwcp::scenarios
