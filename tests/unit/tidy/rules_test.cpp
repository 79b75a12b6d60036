// The rules, applied to snippets that break them and to their lawful neighbours.
#include "tests/unit/tidy/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dwcp::tidy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<Violation>& violations) {
  std::vector<std::string> all;
  for (const auto& violation : violations) all.push_back(violation.text());
  return all;
}

// One source among headers that exist, as the include rules want to know.
std::vector<std::string> includes_of(std::string path, std::string_view text) {
  return texts(check_includes({
      parse_source("engine/amst/README.md", "The public header is `session.hpp`."),
      parse_source("engine/amst/session.hpp", ""),
      parse_source("engine/amst/queue.hpp", ""),
      parse_source("engine/base/units.hpp", ""),
      parse_source("engine/platform/platform.hpp", ""),
      parse_source("engine/platform/native/tcp.hpp", ""),
      parse_source("engine/migration/agent.hpp", ""),
      parse_source("hypervisor/model/guest.hpp", ""),
      parse_source("hypervisor/qemu_stream/reader.hpp", ""),
      parse_source("sim/world.hpp", ""),
      parse_source(std::move(path), text),
  }));
}

TEST(IncludeRule, EngineNeverIncludesTheSimulatorLibvirtOrPython) {
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "\n#include <ns3/packet.h>"),
              ElementsAre(AllOf(HasSubstr("engine/amst/x.cpp:2: include: engine/ includes <ns3/packet.h>"),
                                HasSubstr("only through the Platform"))));
  EXPECT_THAT(includes_of("engine/hde/x.cpp", "#include <libvirt/libvirt.h>"), testing::SizeIs(1));
  EXPECT_THAT(includes_of("engine/node/x.cpp", "#  include <Python.h>"), testing::SizeIs(1));
  EXPECT_THAT(includes_of("sim/x.cpp", "#include <ns3/packet.h>"), IsEmpty());
}

TEST(IncludeRule, OnlyTheControlProtocolSpeaksJson) {
  EXPECT_THAT(includes_of("engine/node/node.cpp", "#include <nlohmann/json.hpp>"),
              ElementsAre(HasSubstr("JSON is spoken by engine/node/control_*.cpp alone")));
  EXPECT_THAT(includes_of("engine/node/control_reply.hpp", "#include <nlohmann/json.hpp>"), testing::SizeIs(1));
  EXPECT_THAT(includes_of("engine/node/control_reply.cpp", "#include <nlohmann/json.hpp>"), IsEmpty());
  EXPECT_THAT(includes_of("cli/x.cpp", "#include <nlohmann/json.hpp>"), IsEmpty());
}

TEST(IncludeRule, LowerFoldersDoNotIncludeHigherOnes) {
  EXPECT_THAT(
      includes_of("engine/base/x.cpp", "#include \"engine/platform/platform.hpp\""),
      ElementsAre(HasSubstr("engine/base includes \"engine/platform/platform.hpp\"; it may include nothing else")));
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "#include \"sim/world.hpp\""),
              ElementsAre(HasSubstr("include: engine")));
  EXPECT_THAT(includes_of("hypervisor/qemu_stream/x.cpp", "#include \"hypervisor/model/guest.hpp\""),
              ElementsAre(HasSubstr("it may include engine/base")));
  EXPECT_THAT(includes_of("sim/x.cpp", "#include \"hypervisor/qemu_stream/reader.hpp\""), testing::SizeIs(1));
}

TEST(IncludeRule, WhatTheTableAllowsPasses) {
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "#include \"engine/base/units.hpp\"\n#include <vector>"), IsEmpty());
  EXPECT_THAT(includes_of("sim/x.cpp", "#include \"hypervisor/model/guest.hpp\""), IsEmpty());
  EXPECT_THAT(includes_of("scenarios/runner/x.cpp", "#include \"sim/world.hpp\""), IsEmpty());
  EXPECT_THAT(includes_of("cli/x.cpp", "#include \"engine/amst/queue.hpp\""), IsEmpty());
  EXPECT_THAT(includes_of("engine/migration/x.cpp", "#include \"hypervisor/qemu_stream/reader.hpp\""), IsEmpty());
}

TEST(IncludeRule, AComponentIsReachedThroughThePublicHeadersItsReadmeNames) {
  EXPECT_THAT(includes_of("engine/migration/x.cpp", "#include \"engine/amst/session.hpp\""), IsEmpty());
  EXPECT_THAT(
      includes_of("engine/migration/x.cpp", "#include \"engine/amst/queue.hpp\""),
      ElementsAre(AllOf(HasSubstr("is not a public header of engine/amst"), HasSubstr("engine/amst/README.md"))));
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "#include \"engine/amst/queue.hpp\""), IsEmpty());
}

TEST(IncludeRule, EngineDoesNotNameTheNativePlatform) {
  EXPECT_THAT(includes_of("engine/migration/x.cpp", "#include \"engine/platform/native/tcp.hpp\""), testing::SizeIs(1));
  EXPECT_THAT(includes_of("engine/platform/x.cpp", "#include \"engine/platform/native/tcp.hpp\""), testing::SizeIs(1));
  EXPECT_THAT(includes_of("engine/platform/native/x.cpp", "#include \"engine/platform/native/tcp.hpp\""), IsEmpty());
  EXPECT_THAT(includes_of("scenarios/x.cpp", "#include \"engine/platform/native/tcp.hpp\""), IsEmpty());
}

TEST(IncludeRule, PathsAreWrittenFromTheRoot) {
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "#include \"queue.hpp\""),
              ElementsAre(HasSubstr("write \"engine/amst/queue.hpp\"")));
}

TEST(IncludeRule, ACommentIsNoInclude) {
  EXPECT_THAT(includes_of("engine/amst/x.cpp", "// #include <ns3/packet.h>"), IsEmpty());
}

std::vector<std::string> world_of(std::string path, std::string_view text) {
  return texts(check_world({parse_source(std::move(path), text)}));
}

class BannedInEngine : public testing::TestWithParam<const char*> {};

TEST_P(BannedInEngine, IsFoundThereAndAllowedInNative) {
  EXPECT_THAT(world_of("engine/amst/x.cpp", GetParam()), testing::SizeIs(1));
  EXPECT_THAT(world_of("engine/platform/native/x.cpp", GetParam()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, BannedInEngine,
                         testing::Values("auto t = std::chrono::steady_clock::now();",
                                         "auto t = std::chrono::system_clock::now();", "std::random_device seed;",
                                         "#include <random>", "std::mt19937 g;", "if (std::getenv(\"X\")) f();",
                                         "std::thread t(f);", "#include <thread>", "asio::steady_timer t(e);",
                                         "asio::ip::tcp::socket s(e);", "asio::ip::udp::socket s(e);",
                                         "#include <sys/socket.h>", "#include <fstream>", "auto* f = fopen(p, m);",
                                         "std::cout << x;", "#include <boost/asio.hpp>", "asio::thread_pool p;",
                                         "co_spawn(e, f(), asio::detached);"));

TEST(WorldRule, MessageNamesPlaceTokenAndRemedy) {
  EXPECT_THAT(
      world_of("engine/hde/x.cpp", "\n\nstd::random_device d;"),
      ElementsAre(
          "engine/hde/x.cpp:3: world: 'random_device' is a source of randomness outside the Platform; draw from a "
          "stream of Platform::random(name), so that the seed decides"));
}

TEST(WorldRule, WordsWithinWordsCommentsAndLiteralsPass) {
  EXPECT_THAT(world_of("engine/amst/x.cpp", "int my_getenv_count;  // unlike getenv\nlog(\"std::thread\");"),
              IsEmpty());
}

TEST(WorldRule, SimulationHasNoClockAndNoThread) {
  EXPECT_THAT(world_of("sim/x.cpp", "std::chrono::steady_clock::now();"), testing::SizeIs(1));
  EXPECT_THAT(world_of("hypervisor/model/x.cpp", "std::random_device d;"), testing::SizeIs(1));
  EXPECT_THAT(world_of("cli/x.cpp", "std::chrono::steady_clock::now();"), IsEmpty());
}

TEST(WorldRule, AnExceptionIsForOneKindAndMustBeNeeded) {
  EXPECT_THAT(world_of("sim/world.cpp", "clock_gettime(c, &t);"), IsEmpty());
  EXPECT_THAT(world_of("sim/world.cpp", "clock_gettime(c, &t);\nstd::random_device d;"), testing::SizeIs(1));
  EXPECT_THAT(world_of("sim/world.cpp", "int a;"), ElementsAre(HasSubstr("no longer needs its exception")));
}

std::vector<std::string> form_of(std::string path, std::string_view text) {
  return texts(check_form({parse_source(std::move(path), text)}));
}

std::string many_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\n";
  return text;
}

TEST(FormRule, LongFilesAreToBeSplit) {
  EXPECT_THAT(form_of("tests/x.cpp", many_lines(451)),
              ElementsAre(HasSubstr("tests/x.cpp:451: form: has 451 lines; a file")));
  EXPECT_THAT(form_of("tests/x.cpp", many_lines(450)), IsEmpty());
}

TEST(FormRule, NotesToSelfAreFoundInAnyText) {
  const std::string note = std::string("// TO") + "DO: later";
  EXPECT_THAT(form_of("tests/x.cpp", "\n" + note), ElementsAre(HasSubstr("tests/x.cpp:2: form: leaves a note")));
  EXPECT_THAT(form_of("cmake/x.cmake", std::string("# FIX") + "ME"), testing::SizeIs(1));
}

TEST(FormRule, HeadersAreGuarded) {
  EXPECT_THAT(form_of("tests/x.hpp", "int a;"), ElementsAre(HasSubstr("has no #pragma once")));
  EXPECT_THAT(form_of("tests/x.hpp", "// What it is.\n#pragma once\n"), IsEmpty());
  EXPECT_THAT(form_of("tests/x.hpp", "// #pragma once\n"), testing::SizeIs(1));
}

TEST(FormRule, FoldersExplainThemselvesBriefly) {
  const Source source = parse_source("engine/amst/session.cpp", "");
  EXPECT_THAT(texts(check_form({source})), ElementsAre(HasSubstr("engine/amst: form: has sources and no README.md")));
  EXPECT_THAT(check_form({source, parse_source("engine/amst/README.md", "# amst")}), IsEmpty());
  EXPECT_THAT(texts(check_form({source, parse_source("engine/amst/README.md", many_lines(31))})),
              ElementsAre(HasSubstr("engine/amst/README.md:31: form: has 31 lines")));
}

}  // namespace
}  // namespace dwcp::tidy
