#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/agent/config.hpp"

namespace dwcp::cli {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(std::string(DWCP_SOURCE_DIR "/") + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(AgentReference, IsUpToDate) {
  EXPECT_EQ(content_of("docs/reference/agent.md"), agent_reference())
      << "run: ./dwcp schema --agent --markdown > docs/reference/agent.md";
}

TEST(AgentSchema, IsJsonAndKnowsTheSections) {
  const auto schema = nlohmann::json::parse(agent_schema_text());
  EXPECT_EQ(schema["title"], "dwcp agent");
  EXPECT_TRUE(schema["properties"]["session"]["properties"].contains("streams"));
}

// Every field says what it means, and no default is one that the reader would refuse.
void expect_explained(const scenarios::Shape& shape) {
  if (shape.element) expect_explained(*shape.element);
  for (const scenarios::FieldShape& field : shape.fields) {
    EXPECT_GE(field.about.size(), 5u) << shape.name << "." << field.key;
    EXPECT_TRUE(field.about.empty() || field.about.back() == '.') << shape.name << "." << field.key;
    if (field.shape->objection && !field.default_text.empty()) {
      EXPECT_FALSE(field.shape->objection(field.default_text)) << shape.name << "." << field.key;
    }
    expect_explained(*field.shape);
  }
}
TEST(AgentReference, ExplainsEveryKey) { expect_explained(agent_file_shape()); }

}  // namespace
}  // namespace dwcp::cli
