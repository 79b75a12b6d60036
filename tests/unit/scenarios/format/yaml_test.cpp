#include "scenarios/format/yaml.hpp"

#include <gtest/gtest.h>

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {
namespace {

Json read_back(const Json& root) {
  const std::string text = to_yaml(root);
  const auto document = parse_document(text, "test.yaml");
  EXPECT_TRUE(document) << document.error().message() << "\n" << text;
  return document ? document->root : Json();
}

TEST(YamlWriter, WritesAsAPersonWould) {
  const Json root = Json::parse(R"({
    "vms": {"v": {"memory": "256MiB", "host": "a"}},
    "topology": {"links": [{"rate": "1Gbit/s", "delay": "40ms", "between": ["a", "b"]}], "hosts": {"a": {}, "b": {}}},
    "about": "One: two, three", "seed": 7, "name": "test/x",
    "events": [{"migrate": {"to": "b", "vm": "v"}, "at": "1s"}],
    "expect": ["vms.lost == 0"]})");
  EXPECT_EQ(to_yaml(root), R"(name: test/x
about: "One: two, three"
seed: 7

topology:
  hosts: {a: {}, b: {}}
  links:
    - {between: [a, b], rate: 1Gbit/s, delay: 40ms}

vms:
  v: {host: a, memory: 256MiB}

events:
  - {at: 1s, migrate: {vm: v, to: b}}

expect: [vms.lost == 0]
)");
}

TEST(YamlWriter, WhatItWritesReadsBackTheSame) {
  Json nasty = Json::object();
  for (const char* text : {"",    " ",     "a ",   " a",   "1",     "1.5", "1e5",   "0x10", "-1",      ".5",   "inf",
                           "nan", ".inf",  "true", "True", "false", "no",  "null",  "~",    "yes: no", "a: b", "a:",
                           "# a", "a # b", "a#b",  "- a",  "-",     "--",  "[a]",   "{a}",  "a, b",    "'",    "\"",
                           "\\",  "a\nb",  "a\tb", "\x01", "ü → ✓", "%a",  "@a",    "`a`",  "&a",      "*a",   "!a",
                           "|",   ">",     "?",    "? a",  "<<",    "=",   "a = b", "..",   "---",     "..."}) {
    nasty["list"].push_back(text);
    nasty["map"][text] = text;
    nasty["deep"].push_back({{"key", {{"inner", {text, {{"more", {1, 2.5, true, nullptr}}}}}}}});
  }
  nasty["lists"] = Json::parse(R"([[[1, [2, 3]], [[4]]], [], [[]], {}, [{"a": [{}]}]])");
  nasty["long"] = Json::array();
  for (int i = 0; i < 100; ++i) nasty["long"].push_back(i * 0.1);
  for (int i = 0; i < 30; ++i) nasty["wide"]["key-" + std::to_string(i)] = "some value";
  nasty["numbers"] = {0, -1, 1.0, 0.1, 1e300, 123456789012345678};
  EXPECT_EQ(read_back(nasty), nasty);
}

TEST(YamlWriter, EveryScenarioReadsBackTheSame) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(DWCP_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    const Json root = load_document(entry.path()).value().root;
    EXPECT_EQ(read_back(root), root) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 5u);
}

}  // namespace
}  // namespace dwcp::scenarios
