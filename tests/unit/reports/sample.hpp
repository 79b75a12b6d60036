// A result with something in every part.
#pragma once

#include "reports/result.hpp"

namespace dwcp::reports {

inline Result sample_result() {
  using namespace std::chrono_literals;
  Result r;
  r.scenario = "internet/first-migration";
  r.about = "A running 256 MiB guest moves from New York to London";
  r.file = "scenarios/internet/first-migration.yaml";
  r.commit = "abc1234";
  r.world = "sim";
  r.seed = 7;
  r.virtual_time = 3420ms;
  r.wall_time_s = 1.25;
  r.events = 1'234'567;
  r.machine = {"a processor", "Linux 6.1 x86_64", 2};
  r.versions = {{"dwcp", "0.1.0"}};
  r.thresholds = {{"migrations.completed == 1", 1.0, true}, {"migration.downtime_s < 80ms", 0.084, false, 0.08}};
  r.topology = {{{"ny-1", "new-york", {"web-1"}}, {"ldn-1", "", {}}},
                {"exchange"},
                {{"atlantic", "ny-1", "exchange", BitRate(1'000'000'000), 38ms, 1ms, 0.001}}};
  r.resident = {{0ms, MiB(80)}, {1h, MiB(81)}};
  MigrationResult m;
  m.vm = "web-1";
  m.from = "ny-1";
  m.to = "ldn-1";
  m.outcome = "completed";
  m.started = 500ms;
  m.total_time = 2800ms;
  m.downtime = 84ms;
  m.downtime_predicted = 79ms;
  m.downtime_wanted = 300ms;
  m.rounds = 4;
  m.bytes_guest = MiB(312);
  m.bytes_wire = MiB(143);
  m.bytes_resent = KiB(1228);
  m.goodput = BitRate(931'000'000);
  m.path_capacity = BitRate(994'000'000);
  m.classes = {{"zero", MiB(77), KiB(20)},      {"unchanged", KiB(96), Bytes(100)}, {"delta", MiB(40), MiB(4)},
               {"lz4", MiB(50), MiB(20)},       {"zstd", MiB(100), MiB(80)},        {"raw", MiB(26), MiB(26)},
               {"overhead", Bytes(0), KiB(900)}};
  r.migrations = {m};
  r.metrics = {{"migration.downtime_s", 0.084},
               {"migrations.completed", 1.0},
               {"round.time_s", Distribution{0.1, 0.2, 0.3, 0.4}}};
  r.reproduce = "dwcp run scenarios/internet/first-migration.yaml --seed 7";
  return r;
}

}  // namespace dwcp::reports
