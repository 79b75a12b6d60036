// The program's manners on the command line: what it prints where, and its exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace dwcp::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Outcome {
  int status = -1;
  std::string output;
};

// `redirection` chooses what is read: "2>/dev/null" for standard output, "2>&1 >/dev/null" for the diagnostics.
Outcome run(const std::string& arguments, const std::string& redirection) {
  Outcome outcome;
  FILE* pipe = popen((std::string(DWCP_PROGRAM " ") + arguments + " " + redirection).c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    outcome.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

Outcome printed(const std::string& arguments) { return run(arguments, "2>/dev/null"); }
Outcome complained(const std::string& arguments) { return run(arguments, "2>&1 >/dev/null"); }

TEST(Program, SaysItsVersionAndCommit) {
  const Outcome outcome = printed("--version");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, StartsWith("dwcp 0."));
  EXPECT_THAT(outcome.output, HasSubstr("(commit "));
}

TEST(Program, HelpIsNoError) {
  EXPECT_EQ(printed("--help").status, 0);
  EXPECT_THAT(printed("--help").output, HasSubstr("--version"));
  EXPECT_THAT(complained("--help").output, IsEmpty());
}

TEST(Program, AnUnknownCommandIsNamed) {
  const Outcome outcome = complained("teleport");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, StartsWith("dwcp: "));
  EXPECT_THAT(outcome.output, HasSubstr("teleport"));
  EXPECT_THAT(outcome.output, HasSubstr("dwcp --help"));
}

TEST(Program, AnUnknownOptionIsNamed) {
  const Outcome outcome = complained("--fast");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("--fast"));
}

TEST(Program, WithoutACommandItShowsTheOverview) {
  const Outcome outcome = complained("");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("Usage: dwcp"));
  EXPECT_THAT(printed("").output, IsEmpty());
}

}  // namespace
}  // namespace dwcp::cli
