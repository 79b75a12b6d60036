// Scenario documents for the tests of this folder.
#pragma once

#include "scenarios/explore/concrete.hpp"

namespace dwcp::scenarios {

inline Document document_of_text(const std::string& yaml) { return parse_document(yaml, "test.yaml").value(); }

// Three hosts, three links, two VMs that move, four faults, three expectations.
inline Document busy_document() {
  return document_of_text(R"(name: test/busy
seed: 1
duration: 600s
mode: internet
topology:
  sites: [here, there]
  hosts: {a: {site: here, cores: 2}, b: {site: there}, c: {}}
  links:
    - {name: first, between: [a, b], rate: 50Mbit/s, delay: 10ms}
    - {name: second, between: [a, b], rate: 20Mbit/s, delay: 25ms, loss: 0.1%}
    - {name: third, between: [a, c], rate: 20Mbit/s, delay: 25ms}
vms:
  one: {host: a, memory: 64MiB, vcpus: 1, dirty: {pattern: zipf, rate: 8MB/s}}
  two: {host: a, memory: 32MiB}
engine: {streams: 2, resume_timeout: 10s}
events:
  - {at: 100ms, migrate: {vm: one, to: b, policy: {switchover_timeout: 5s}}}
  - {at: 200ms, migrate: {vm: two, to: c}}
  - {at: 300ms, cancel: {vm: two}}
faults:
  - {at: 1234567891ns, cut: {link: first, for: 3s}}
  - {at: 2s, crash: {host: b, restart_after: 1s}}
  - {at: 3s, flap: {link: all, times: 4, down: 100ms, up: 200ms}}
  - {at: 4s, kill: {host: c, restart_after: 1s}}
expect:
  - {that: migrations.completed == 2}
  - {that: vms.lost == 0}
  - {that: memory.wrong_pages == 0}
)");
}
inline Json busy() { return busy_document().root; }

}  // namespace dwcp::scenarios
