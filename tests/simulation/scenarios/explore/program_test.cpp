// dwcp explore as its users run it: what it finds, what it leaves, exit statuses.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "scenarios/format/load.hpp"
#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* chaos = DWCP_SOURCE_DIR "/scenarios/chaos/random-faults.yaml";
constexpr const char* slow = DWCP_SOURCE_DIR "/tests/data/scenarios/explore-slow.yaml";

struct Explored {
  int status = -1;
  std::string output, diagnostics;
};

class ExploreProgram : public RunTest {
 protected:
  static int shell(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  Explored dwcp(const std::string& arguments, const std::string& out = "first") {
    const auto folder = out_ / out;
    std::filesystem::create_directories(folder);
    const std::string stdout_file = (out_ / "stdout").string(), stderr_file = (out_ / "stderr").string();
    const int status = shell(DWCP_PROGRAM " " + arguments + " --out " + folder.string() + " >" + stdout_file + " 2>" +
                             stderr_file + " </dev/null");
    return {status, content_of(stdout_file), content_of(stderr_file)};
  }
  // The names of what an exploration left.
  std::set<std::string> files_of(const std::string& scenario, const std::string& out = "first") const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(out_ / out / "explore" / scenario))
      names.insert(entry.path().filename().string());
    return names;
  }
};

TEST_F(ExploreProgram, FindsNothingWhereVmsSurvive) {
  const Explored explored = dwcp(std::string("explore ") + chaos + " --seeds 1..6 --json");
  EXPECT_EQ(explored.status, 0) << explored.output;
  EXPECT_THAT(explored.diagnostics, IsEmpty());
  const auto json = nlohmann::json::parse(explored.output);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["scenario"], "chaos/random-faults");
  EXPECT_EQ(json["seeds"]["tried"], 6);
  EXPECT_EQ(json["seeds"]["passed"], 6);
  EXPECT_TRUE(json["failures"].empty());
  EXPECT_GT(json["runs_per_second"], 0);
  EXPECT_EQ(files_of("chaos/random-faults"), std::set<std::string>{"findings.json"});
}

TEST_F(ExploreProgram, MakesASlowMigrationAsSmallAsItCanBe) {
  const Explored explored = dwcp(std::string("explore ") + slow + " --seeds 1..3 --jobs 3");
  EXPECT_EQ(explored.status, 99) << explored.diagnostics;
  const std::string name = "migration.total_time_s-lt-4s-seed-1";
  EXPECT_EQ(files_of("test/explore-slow"), (std::set<std::string>{"findings.json", name, name + ".yaml"}));
  const auto file = out_ / "first/explore/test/explore-slow" / (name + ".yaml");
  EXPECT_THAT(explored.output, HasSubstr("replay: dwcp run " + file.string() + "\n"));
  EXPECT_THAT(explored.output, HasSubstr("✗ 3 of 3 seeds failed"));

  const Scenario least = load_scenario(file).value();
  EXPECT_EQ(least.vms.size(), 1u);
  EXPECT_EQ(least.events.size(), 1u);
  EXPECT_EQ(least.topology.hosts.size(), 2u);
  EXPECT_EQ(least.topology.links.size(), 1u);
  ASSERT_EQ(least.faults.size(), 1u);
  ASSERT_TRUE(least.faults[0].cut);
  EXPECT_LE(least.faults[0].cut->lasting, std::chrono::seconds(5));
  ASSERT_EQ(least.expect.size(), 1u);
  EXPECT_EQ(least.expect[0].that, "migration.total_time_s < 4s");

  const Explored replayed = dwcp("run " + file.string());
  EXPECT_EQ(replayed.status, 99);
  EXPECT_THAT(replayed.output, HasSubstr("✗ migration.total_time_s < 4s"));
}

TEST_F(ExploreProgram, FindsTheSameHoweverManyRunAtOnce) {
  EXPECT_EQ(dwcp(std::string("explore ") + slow + " --seeds 1..2 --jobs 1", "one").status, 99);
  EXPECT_EQ(dwcp(std::string("explore ") + slow + " --seeds 1..2 --jobs 4", "four").status, 99);
  const std::string file = "explore/test/explore-slow/migration.total_time_s-lt-4s-seed-1.yaml";
  EXPECT_EQ(content_of(out_ / "one" / file), content_of(out_ / "four" / file));
  EXPECT_THAT(content_of(out_ / "one" / file), HasSubstr("cut: {link: first"));
}

// A configuration that agents refuse ends the run's process, as a crash would: what is found is a violation.
TEST_F(ExploreProgram, MakesARunThatEndsWithoutAResultAsSmallAsItCanBe) {
  const Explored explored = dwcp(std::string("explore ") + slow + " --set engine.window=1MiB --seeds 1..2 --json");
  EXPECT_EQ(explored.status, 99);
  const auto json = nlohmann::json::parse(explored.output);
  ASSERT_EQ(json["failures"].size(), 1u);
  const auto& failure = json["failures"][0];
  EXPECT_EQ(failure["kind"], "process");
  EXPECT_EQ(failure["count"], 2);
  EXPECT_EQ(failure["seeds"], nlohmann::json({1, 2}));
  EXPECT_THAT(failure["reproduce"].get<std::string>(), HasSubstr(" --seed 1 --set engine.window=1MiB"));
  const auto& minimised = failure["minimised"];
  EXPECT_TRUE(minimised["complete"]);
  EXPECT_EQ(minimised["before"]["faults"], 4);
  EXPECT_EQ(minimised["after"], nlohmann::json({{"faults", 0},
                                                {"VMs", 1},
                                                {"events", 0},
                                                {"hosts", 1},
                                                {"switches", 0},
                                                {"links", 0},
                                                {"expectations", 0},
                                                {"settings", 1}}));
  EXPECT_EQ(json, nlohmann::json::parse(content_of(out_ / "first/explore/test/explore-slow/findings.json")));

  const Explored replayed = dwcp("run " + minimised["file"].get<std::string>() + " --json");
  EXPECT_EQ(replayed.status, 1);
  const auto result = nlohmann::json::parse(replayed.output);
  EXPECT_EQ(result["violations"][0]["checker"], "process");
  EXPECT_THAT(result["violations"][0]["detail"].get<std::string>(), HasSubstr("amst.send_window is 1 MiB"));
}

TEST_F(ExploreProgram, TakesASweepOfOneCombination) {
  const Explored explored =
      dwcp(std::string("explore ") + small + " --set 'sweep={engine.window: [1MiB]}' --seeds 7..7 --json");
  EXPECT_EQ(explored.status, 99);
  const auto json = nlohmann::json::parse(explored.output);
  EXPECT_EQ(json["seeds"]["first"], 7);
  const std::string file = content_of(json["failures"][0]["minimised"]["file"].get<std::string>());
  EXPECT_THAT(file, HasSubstr("engine: {window: 1MiB}"));
  EXPECT_THAT(file, Not(HasSubstr("sweep:")));
}

// A suite of a scenario that fails and of one with two combinations, of which one fails.
class ExploreSuite : public ExploreProgram {
 protected:
  void SetUp() override {
    ExploreProgram::SetUp();
    const auto suite = out_ / "library/test";
    std::filesystem::create_directories(suite);
    std::filesystem::copy_file(slow, suite / "slow.yaml");
    std::ofstream(suite / "swept.yaml") << "include: " << small << "\nname: test/swept\n"
                                        << "sweep: {engine.window: [8MiB, 1MiB]}\n";
  }
  Explored explore(const std::string& options, const std::string& out = "first") {
    return dwcp("explore --scenarios " + (out_ / "library").string() + " --suite test " + options, out);
  }
};

TEST_F(ExploreSuite, TriesEachSeedWithAllItsScenariosAndMakesSmallWhatFailsInEach) {
  const Explored explored = explore("--seeds 1..2");
  EXPECT_EQ(explored.status, 99) << explored.diagnostics;
  EXPECT_THAT(explored.output, HasSubstr("test/explore-slow             1        2        2\n"));
  EXPECT_THAT(explored.output, HasSubstr("test/swept                    2        4        2\n"));
  EXPECT_THAT(explored.output, HasSubstr("✗ test/explore-slow: migration.total_time_s < 4s"));
  EXPECT_THAT(explored.output, HasSubstr("✗ test/swept (engine.window=1MiB): process"));
  EXPECT_THAT(explored.output, HasSubstr("✗ 4 of 6 runs failed"));

  const auto found = out_ / "first/explore/test";
  const auto json = nlohmann::json::parse(content_of(found / "findings.json"));
  ASSERT_EQ(json["scenarios"].size(), 3u);
  for (const auto& scenario : json["scenarios"]) {
    EXPECT_EQ(scenario["seeds"]["tried"], 2);
    EXPECT_EQ(scenario["seeds"]["first"], 1);
    EXPECT_EQ(scenario["seeds"]["last"], 2);
  }
  EXPECT_EQ(files_of("test"), (std::set<std::string>{"findings.json", "explore-slow", "swept"}));
  EXPECT_EQ(files_of("test/swept"), (std::set<std::string>{"1-engine.window-8MiB", "2-engine.window-1MiB"}));
  EXPECT_EQ(files_of("test/swept/1-engine.window-8MiB"), std::set<std::string>{"findings.json"});
  const auto& process = json["scenarios"][2]["failures"][0];
  EXPECT_EQ(dwcp("run " + process["minimised"]["file"].get<std::string>()).status, 1);
  EXPECT_THAT(process["reproduce"].get<std::string>(), HasSubstr("swept.yaml --seed 1 --set engine.window=1MiB"));
  EXPECT_EQ(dwcp(process["reproduce"].get<std::string>().substr(5)).status, 1);
  const auto& late = json["scenarios"][0]["failures"][0];
  EXPECT_EQ(dwcp("run " + late["minimised"]["file"].get<std::string>()).status, 99);
}

TEST_F(ExploreSuite, FindsTheSameHoweverManyRunAtOnce) {
  EXPECT_EQ(explore("--seeds 1..2 --jobs 1", "one").status, 99);
  EXPECT_EQ(explore("--seeds 1..2 --jobs 4", "four").status, 99);
  for (const char* file :
       {"explore-slow/migration.total_time_s-lt-4s-seed-1.yaml", "swept/2-engine.window-1MiB/process-seed-1.yaml"}) {
    const std::string least = content_of(out_ / "one/explore/test" / file);
    EXPECT_FALSE(least.empty()) << file;
    EXPECT_EQ(least, content_of(out_ / "four/explore/test" / file));
  }
}

TEST_F(ExploreSuite, AsJsonAndWhatIsWrongWithIt) {
  const Explored explored = explore("--seeds 3..3 --json --set expect=[]");
  const auto json = nlohmann::json::parse(explored.output);
  EXPECT_EQ(json["suite"], "test");
  EXPECT_EQ(json["runs"], nlohmann::json({{"tried", 3}, {"passed", 2}, {"failed", 1}}));
  EXPECT_EQ(json, nlohmann::json::parse(content_of(out_ / "first/explore/test/findings.json")));

  EXPECT_EQ(dwcp(std::string("explore --suite test ") + slow).status, 2);
  const Explored unknown = dwcp("explore --suite nowhere --scenarios " + (out_ / "library").string());
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.diagnostics, HasSubstr("there is no suite 'nowhere'"));
  std::ofstream(out_ / "library/test/wrong.yaml") << "name: test/wrong\n";
  EXPECT_EQ(explore("--seeds 1..1").status, 104);
}

TEST_F(ExploreProgram, EndsWhenTimeIsUp) {
  const Explored explored = dwcp(std::string("explore ") + chaos + " --time 100ms --json");
  EXPECT_EQ(explored.status, 0);
  EXPECT_GE(nlohmann::json::parse(explored.output)["seeds"]["tried"], 1);
}

TEST_F(ExploreProgram, TellsWhatItFoundWhenItIsInterrupted) {
  const auto out = (out_ / "interrupted").string(), folder = out + "/explore/chaos/random-faults";
  std::filesystem::create_directories(out);
  EXPECT_EQ(shell(std::string(DWCP_PROGRAM " explore ") + chaos + " --out " + out + " --quiet >" + out +
                  "/stdout & pid=$!; until ls -d " + folder + "/.runs-* >/dev/null 2>&1; do sleep 0.02; done; " +
                  "kill -TERM $pid; wait $pid"),
            105);
  EXPECT_TRUE(nlohmann::json::parse(content_of(folder + "/findings.json"))["interrupted"]);
  EXPECT_FALSE(content_of(out + "/stdout").empty());
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++left;
  EXPECT_EQ(left, 1u);
}

TEST_F(ExploreProgram, RefusesWhatCannotBeExplored) {
  const auto status = [&](const std::string& arguments) { return dwcp("explore " + arguments).status; };
  EXPECT_EQ(status(std::string(slow) + " --set vms.moved.host=nowhere"), 104);
  const Explored live = dwcp(std::string("explore ") + small + " --set world=live");
  EXPECT_EQ(live.status, 104);
  EXPECT_THAT(live.diagnostics, HasSubstr("world must be 'sim', got 'live'"));
  const Explored swept = dwcp(std::string("explore ") + small + " --set 'sweep={engine.streams: [1, 2], seed: [3]}'");
  EXPECT_EQ(swept.status, 104);
  EXPECT_THAT(swept.diagnostics,
              HasSubstr("this sweep makes 2; choose one, such as --set engine.streams=1 --set seed=3"));
  EXPECT_EQ(status("/nowhere.yaml"), 2);
  EXPECT_EQ(status(""), 2);
  EXPECT_EQ(status(std::string(small) + " --seeds 5"), 2);
  EXPECT_EQ(status(std::string(small) + " --jobs 0"), 2);
  const Explored time = dwcp(std::string("explore ") + small + " --time 0s");
  EXPECT_EQ(time.status, 2);
  EXPECT_THAT(time.diagnostics,
              HasSubstr("--time: '0s' is not above 0 and at most 10000h; write a time such as 10min"));
  EXPECT_EQ(status(std::string(small) + " --time 10"), 2);
  EXPECT_EQ(status(std::string(small) + " --time 10001h"), 2);
  EXPECT_EQ(status(std::string(small) + " --run-time soon"), 2);
}

}  // namespace
}  // namespace dwcp::scenarios
