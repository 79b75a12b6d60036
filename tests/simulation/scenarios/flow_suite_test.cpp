// The project's own scenarios in flow fidelity: what they expect holds there too.
#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

class FlowSuite : public RunTest, public testing::WithParamInterface<const char*> {};

TEST_P(FlowSuite, Passes) {
  auto flow = options({"fidelity=flow"});
  flow.files = {std::string(DWCP_SOURCE_DIR "/scenarios/") + GetParam() + ".yaml"};
  EXPECT_EQ(run_scenarios(flow), RunOutcome::passed);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, FlowSuite,
                         testing::Values("internet/clean-100ms", "internet/first-migration", "internet/lossy-100ms",
                                         "internet/lossy-100ms-cubic", "internet/path-cut", "datacenter/write-heavy",
                                         "hybrid/two-sites", "chaos/random-faults"),
                         [](const auto& scenario) {
                           std::string name = scenario.param;
                           for (char& c : name)
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           return name;
                         });

}  // namespace
}  // namespace dwcp::scenarios
