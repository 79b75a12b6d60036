// A seed's run and the run of its concrete document are one and the same.
#include "scenarios/explore/concrete.hpp"
#include "scenarios/format/yaml.hpp"
#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

// One test program runs them one after the other: names of folders need not tell the files apart.
class SameRunOf : public RunTest, public testing::WithParamInterface<const char*> {};

TEST_P(SameRunOf, RandomFaultsAndOfTheFaultsThatTheSeedDraws) {
  const std::filesystem::path file = DWCP_SOURCE_DIR "/scenarios/chaos" / std::filesystem::path(GetParam());
  const Document document = load_document(file).value();
  const Scenario scenario = load_scenario(file).value();
  std::filesystem::create_directories(out_);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    RunOptions drawn = options();
    drawn.files = {file};
    drawn.seed = seed;
    run_scenarios(drawn);
    const std::string events_drawn = content_of(latest(scenario.name) / "events.jsonl");

    Json concrete = concrete_document(document, scenario, seed);
    concrete["name"] = "test/concrete";
    RunOptions told = options();
    told.files = {out_ / "concrete.yaml"};
    std::ofstream(told.files.front()) << to_yaml(concrete);
    run_scenarios(told);
    const std::string events_told = content_of(latest("test/concrete") / "events.jsonl");

    EXPECT_NE(events_drawn.find("scenario.fault"), std::string::npos);
    EXPECT_TRUE(events_drawn == events_told) << "seed " << seed;
  }
}
INSTANTIATE_TEST_SUITE_P(Chaos, SameRunOf, testing::Values("random-faults.yaml", "short-memory.yaml"));

}  // namespace
}  // namespace dwcp::scenarios
