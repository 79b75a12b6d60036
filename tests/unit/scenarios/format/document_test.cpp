#include "scenarios/format/document.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;

Document parsed(const std::string& text) { return parse_document(text, "test.yaml").value(); }
std::string failure_of(const std::string& text) {
  const auto document = parse_document(text, "test.yaml");
  return document ? "no failure" : document.error().message();
}

TEST(Document, KeepsTheTypesOfScalars) {
  const auto d = parsed("a: 1\nb: 1.5\nc: true\nd: 40ms\ne: \"7\"\nf: ~\ng: [1, x]\n");
  EXPECT_EQ(d.root, Json::parse(R"({"a":1,"b":1.5,"c":true,"d":"40ms","e":"7","f":null,"g":[1,"x"]})"));
}

TEST(Document, KnowsWhereKeysAndItemsStand) {
  const auto d = parsed("topology:\n  links:\n    - rate: 1\n    - {rate: 2}\n");
  EXPECT_EQ(to_string(d.position("/topology/links/0/rate")), "test.yaml:3:7");
  EXPECT_EQ(to_string(d.position("/topology/links/1")), "test.yaml:4:7");
  // What is not there is placed at its parent.
  EXPECT_EQ(to_string(d.position("/topology/links/1/delay")), "test.yaml:4:7");
}

TEST(Document, RejectsWhatIsNoDocument) {
  EXPECT_THAT(failure_of("- a\n"), HasSubstr("test.yaml:1:1"));
  EXPECT_THAT(failure_of(""), HasSubstr("test.yaml:1:1"));
  EXPECT_THAT(failure_of("a: [1\nb: 2\n"), HasSubstr("bad scenario: test.yaml:"));
  EXPECT_THAT(failure_of("a: 1\nb: 2\na: 3\n"), HasSubstr("test.yaml:3:1: 'a' is there twice; first at line 1"));
  EXPECT_THAT(failure_of("[a]: 1\n"), HasSubstr("a key must be a plain word"));
}

TEST(WorldHash, TellsWorldsApartAndNotTheirWords) {
  const auto hash = [](const std::string& text) { return world_hash(parsed(text).root); };
  const std::string base = "name: a/b\nabout: x\nseed: 1\nduration: 60s\nexpect: [vms.lost == 0]\n";
  EXPECT_EQ(hash(base).size(), 16u);
  EXPECT_EQ(hash(base), hash("# said otherwise\nduration: 60s\nname: c/d\nabout: y\nseed: 7\nrepeat: 3\n"));
  EXPECT_EQ(hash(base),
            hash("duration: 60s\nsweep: {engine.streams: [1, 2]}\nexpect: [{that: vms.lost == 0, abort: false}]\n"));
  EXPECT_NE(hash(base), hash("duration: 61s\n"));
  EXPECT_NE(hash(base), hash("duration: 60s\nexpect: [{that: vms.lost == 0, abort: true}]\n"));  // may end the run
}

TEST(Document, BoundsTheGrowthOfAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level <= 9; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int i = 0; i < 10; ++i) text += (i ? ", " : "") + below;
    text += "]\n";
  }
  EXPECT_THAT(failure_of(text), HasSubstr("more than 100000 values"));
}

TEST(Document, BoundsItsSize) {
  EXPECT_THAT(failure_of("a: " + std::string(document_bytes_max, 'x')), HasSubstr("longer than"));
}

TEST(Overrides, ReachItemsByIndexAndByName) {
  auto d = parsed("links:\n  - {name: north, rate: 1}\n  - {name: south, rate: 2}\n");
  ASSERT_TRUE(apply_override(d, "links.south.rate=3Gbit/s"));
  ASSERT_TRUE(apply_override(d, "links.0.rate=4"));
  ASSERT_TRUE(apply_override(d, "engine.streams=8"));
  EXPECT_EQ(d.root["links"][1]["rate"], "3Gbit/s");
  EXPECT_EQ(d.root["links"][0]["rate"], 4);
  EXPECT_EQ(d.root["engine"]["streams"], 8);
  EXPECT_EQ(to_string(d.position("/engine/streams")), "--set engine.streams=8");
}

TEST(Overrides, ThatCannotBeAreErrors) {
  auto d = parsed("links: [{name: north}]\n");
  EXPECT_THAT(apply_override(d, "links.east.rate=1").error().message(), HasSubstr("has no item 'east'"));
  EXPECT_THAT(apply_override(d, "links.7.rate=1").error().message(), HasSubstr("has no item '7'"));
  EXPECT_THAT(apply_override(d, "links").error().message(), HasSubstr("write key=value"));
  EXPECT_THAT(apply_override(d, "a=[").error().message(), HasSubstr("not YAML"));
}

class IncludeTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("dwcp-include-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST_F(IncludeTest, MergesMappingsAndReplacesLists) {
  write("base.yaml", "name: base\nlist: [1, 2]\nmap: {a: 1, b: 2}\n");
  const auto file = write("top.yaml", "include: base.yaml\nlist: [3]\nmap: {b: 3}\n");
  const auto d = load_document(file).value();
  EXPECT_EQ(d.root, Json::parse(R"({"name":"base","list":[3],"map":{"a":1,"b":3}})"));
  // Places stay those of the file that said it.
  EXPECT_THAT(to_string(d.position("/map/a")), HasSubstr("base.yaml:3:7"));
  EXPECT_THAT(to_string(d.position("/map/b")), HasSubstr("top.yaml:3:7"));
}

TEST_F(IncludeTest, TheHashIsOfAllOfItBeforeOverrides) {
  write("base.yaml", "topology: {mtu: 9000B}\n");
  const auto file = write("a.yaml", "include: base.yaml\nduration: 1s\n");
  const auto plain = load_document(file).value();
  EXPECT_EQ(plain.hash, world_hash(plain.root));
  const auto overridden = load_document(file, {"duration=2s"}).value();
  EXPECT_EQ(overridden.hash, plain.hash);
  EXPECT_EQ(overridden.overrides, std::vector<std::string>{"duration=2s"});
  write("base.yaml", "topology: {mtu: 1500B}\n");
  EXPECT_NE(load_document(file).value().hash, plain.hash);
}

TEST_F(IncludeTest, NamesWhatIsMissingAndEndsCircles) {
  const auto missing = write("missing.yaml", "name: x\ninclude: nowhere.yaml\n");
  EXPECT_THAT(load_document(missing).error().message(), HasSubstr("missing.yaml:2:1: include: there is no file"));
  const auto circle = write("circle.yaml", "include: circle.yaml\n");
  EXPECT_THAT(load_document(circle).error().message(), HasSubstr("nest deeper than 8"));
  EXPECT_EQ(load_document(folder_ / "absent.yaml").error().code, make_error_code(Errc::not_found));
}

// Found by fuzzing: such a text was taken, and could not be written.
TEST(Document, WhatIsNotUtf8IsRefusedWithItsPlace) {
  for (const char* wrong :
       {"\xd9", "\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5", "\xe2\x82"}) {
    const auto document = parse_document(std::string("name: a\nabout: x") + wrong + "\n", "f.yaml");
    ASSERT_FALSE(document) << wrong;
    EXPECT_EQ(document.error().code, make_error_code(Errc::bad_scenario));
    EXPECT_NE(document.error().message().find("f.yaml:2:9: a byte that is no UTF-8"), std::string::npos)
        << document.error().message();
  }
  EXPECT_EQ(parse_document("about: 80 ± 10 ms, \xf0\x9f\x9a\x80\n", "f.yaml").value().root["about"],
            "80 ± 10 ms, \xf0\x9f\x9a\x80");
}

}  // namespace
}  // namespace dwcp::scenarios
