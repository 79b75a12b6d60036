#include "cli/agent/view.hpp"

#include <gmock/gmock.h>

namespace dwcp::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const OrderedJson job = OrderedJson::parse(R"({"id":1,"vm":"web-1","to":"host-b","state":"running","cancel_asked":false,
  "progress":{"phase":"copying","round":2,"bytes_sent":1073741824,"bytes_remaining":1073741824,"goodput_bps":412000000,
  "dirty_rate_bps":40000000,"downtime_predicted_s":0.084,"eta_s":12,"throttle_percent":0}})");

TEST(View, AProgressLineFitsTheTerminal) {
  const std::string line = progress_line(job, {.colour = false, .width = 100});
  EXPECT_THAT(line, HasSubstr("web-1 → host-b"));
  EXPECT_THAT(line, HasSubstr("50.0 %  round 2 · 412 Mbit/s · 12 s left"));
  EXPECT_LE(reports::columns(line), 100u);
  for (const unsigned width : {60u, 70u, 80u})
    EXPECT_LE(reports::columns(progress_line(job, {.colour = false, .width = width})), width);
}

TEST(View, TheSameInWords) {
  EXPECT_EQ(progress_words(job),
            "web-1 → host-b: round 2, 50.0 %, 412 Mbit/s, 12 s left, downtime 84 ms predicted, dirties 40 Mbit/s");
  OrderedJson waiting = job;
  waiting["state"] = "waiting";
  waiting.erase("progress");
  EXPECT_EQ(progress_words(waiting), "web-1 → host-b: waits its turn");
  OrderedJson fetching = job;
  fetching["progress"]["phase"] = "fetching";
  EXPECT_THAT(progress_words(fetching), HasSubstr("runs there, fetches its pages"));
  EXPECT_THAT(progress_words(fetching), Not(HasSubstr("downtime")));
}

TEST(View, OutlivesWhatItDoesNotKnow) {
  for (const char* text : {"{}", R"({"state":5,"progress":[]})", R"({"progress":{"bytes_sent":-1,"eta_s":"x"}})"})
    EXPECT_NE(progress_line(OrderedJson::parse(text), {}), "") << text;
  EXPECT_EQ(migration_result(OrderedJson::parse(R"({"classes":{"raw":1},"rounds":"x"})")).rounds, 0u);
  EXPECT_NE(render_status(OrderedJson::parse(R"({"guests":3,"migrations":[1],"unsettled":[{}]})"), {}), "");
}

TEST(View, StatusSaysWhoOwnsWhatIsNotPlain) {
  const auto status =
      OrderedJson::parse(R"({"node":"host-a","cluster":"default","version":"0.1.0","uptime_s":60,"ready":true,
    "guests":[{"vm":"web-1","state":"paused","memory_bytes":1073741824,"vcpus":2,"owner_here":false,"note":"decided: belongs to host-b"}],
    "guests_left_off":0,"migrations":[],"incoming":[{"vm":"db-1"}],
    "unsettled":[{"vm":"web-1","epoch":3,"direction":"outgoing","decided":true,"peer":"host-b","text":"decided: belongs to host-b, waiting for its word that it runs"}]})");
  const std::string text = render_status(status, {.colour = false, .width = 100});
  EXPECT_THAT(text, HasSubstr("host-a  cluster default · up 1 min"));
  EXPECT_THAT(text, HasSubstr("web-1                   paused         1 GiB       2  decided: belongs to host-b"));
  EXPECT_THAT(text, HasSubstr("! web-1  decided: belongs to host-b, waiting for its word that it runs  epoch 3"));
  EXPECT_THAT(text, HasSubstr("↓ db-1  is coming in"));
}

}  // namespace
}  // namespace dwcp::cli
