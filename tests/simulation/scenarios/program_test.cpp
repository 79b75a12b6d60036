// dwcp run as its users run it: exit statuses, what goes where.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Ended {
  int status = -1;
  std::string output, diagnostics;
};

class Program : public RunTest {
 protected:
  Ended call(const std::string& arguments) {
    std::filesystem::create_directories(out_);
    const std::string out = (out_ / "stdout").string(), err = (out_ / "stderr").string();
    const int status = std::system((DWCP_PROGRAM " " + arguments + " >" + out + " 2>" + err + " </dev/null").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(err)};
  }
  Ended run(const std::string& arguments) { return call("run " + arguments + " --out " + out_.string()); }
  std::string write(const std::string& text) {
    std::filesystem::create_directories(out_);
    const auto file = out_ / "scenario.yaml";
    std::ofstream(file) << text;
    return file.string();
  }
};

TEST_F(Program, ShowsATableAndExitsWithZero) {
  const Ended run_ = run(small);
  EXPECT_EQ(run_.status, 0);
  EXPECT_THAT(run_.output, HasSubstr("a → b"));
  EXPECT_THAT(run_.output, HasSubstr("✓ passed"));
  EXPECT_THAT(run_.output, Not(HasSubstr("\x1b")));
}

TEST_F(Program, JsonIsTheResultAndNothingElse) {
  const Ended run_ = run(std::string(small) + " --json");
  EXPECT_EQ(run_.status, 0);
  const auto json = nlohmann::json::parse(run_.output);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["verdict"], "passed");
  EXPECT_EQ(run_.output, content_of(latest() / "result.json"));
  EXPECT_THAT(run_.diagnostics, IsEmpty());
}

TEST_F(Program, AnInvalidScenarioIsNamedWithItsPlace) {
  std::string text = content_of(small);
  text.replace(text.find("delay: 5ms"), 10, "dealy: 5");
  const Ended run_ = run(write(text));
  EXPECT_EQ(run_.status, 104);
  EXPECT_THAT(run_.diagnostics,
              HasSubstr("scenario.yaml:9:54: topology.links.0.dealy: unknown key; did you mean 'delay'?"));
  EXPECT_THAT(run_.output, IsEmpty());
}

TEST_F(Program, AWrongUnitAndAnImpossibleTopologyAreInvalid) {
  EXPECT_EQ(run(std::string(small) + " --set topology.links.path.rate=200").status, 104);
  EXPECT_EQ(run(std::string(small) + " --set vms.guest.host=nowhere").status, 104);
  EXPECT_EQ(run(std::string(small) + " --set topology.links=[]").status, 104);
}

TEST_F(Program, FailuresSayHowToReproduceThem) {
  const Ended run_ = run(std::string(small) + " --seed 3 --set 'expect.0=migrations.completed == 2'");
  EXPECT_EQ(run_.status, 99);
  EXPECT_THAT(run_.output, HasSubstr("✗ migrations.completed == 2"));
  EXPECT_THAT(run_.output, HasSubstr(std::string("reproduce: dwcp run ") + small +
                                     " --seed 3 --set 'expect.0=migrations.completed == 2'"));
}

TEST_F(Program, AbortedAndUsageHaveTheirStatus) {
  EXPECT_EQ(run(std::string(small) + " --set duration=50ms").status, 105);
  EXPECT_EQ(run(std::string(small) + " --seeds 5").status, 2);
  EXPECT_EQ(run("/nowhere.yaml").status, 2);
  EXPECT_EQ(run("").status, 2);
}

TEST_F(Program, ManySeedsAreSummarised) {
  const Ended run_ = run(std::string(small) + " --seeds 1..4 --jobs 2");
  EXPECT_EQ(run_.status, 0);
  EXPECT_THAT(run_.output, HasSubstr((out_ / "report.html").string()));
  EXPECT_THAT(content_of(out_ / "report.html"), HasSubstr("\"kind\":\"runs\""));
  EXPECT_THAT(run_.output, HasSubstr("✓ 4 of 4 runs passed"));
  EXPECT_THAT(run_.output, HasSubstr("p90"));
}

TEST_F(Program, ReportsAreWrittenUnlessNotWanted) {
  EXPECT_EQ(run(small).status, 0);
  const auto report = latest() / "report.html";
  const std::string page = content_of(report);
  EXPECT_THAT(page, HasSubstr("\"kind\":\"run\""));
  EXPECT_FALSE(std::filesystem::exists(out_ / "report.html")) << "one run needs no report of all";
  std::filesystem::remove(report);
  const Ended made = call("report " + latest().string());
  EXPECT_EQ(made.status, 0);
  EXPECT_EQ(made.output, report.string() + "\n");
  EXPECT_EQ(content_of(report), page);
  EXPECT_EQ(run(std::string(small) + " --seeds 1..2 --no-report").status, 0);
  EXPECT_FALSE(std::filesystem::exists(report));
  EXPECT_FALSE(std::filesystem::exists(out_ / "report.html"));
  EXPECT_TRUE(std::filesystem::exists(latest() / "timeline.json"));
}

TEST_F(Program, ReportsOfAFolderTakeTheNewestRuns) {
  run(std::string(small) + " --no-report");
  run(std::string(small) + " --seeds 1..2");
  const Ended made = call("report " + out_.string() + " --out " + (out_ / "all.html").string());
  EXPECT_EQ(made.status, 0);
  EXPECT_THAT(content_of(out_ / "all.html"), HasSubstr("\"report\":\"test/small/"));
  const Ended none = call("report " + out_.string() + "/test/small/latest/nothing");
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.diagnostics, HasSubstr("nothing' is no folder"));
}

}  // namespace
}  // namespace dwcp::scenarios
