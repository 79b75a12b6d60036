// Two hosts that know each other, and guests on the first.
#pragma once

#include "tests/unit/engine/node/control_client.hpp"

namespace dwcp::node::test {

class TwoNodes : public ::testing::Test {
 protected:
  static VmId vm(const std::string& name = "web-1") { return VmId(name); }
  static model::Catalogue catalogue() {
    model::GuestConfig guest;
    guest.memory = MiB(16);
    guest.dirty.pattern = model::DirtyPattern::constant;
    guest.dirty.rate = BitRate(2'000'000);
    guest.dirty.working_set = MiB(1);
    model::Catalogue all;
    for (const char* name : {"web-1", "web-2"}) {
      guest.seed = name[4] - '0';
      all.emplace(vm(name), model::Blueprint::make(guest).value());
    }
    return all;
  }

  TwoNodes()
      : port_a_(free_port()),
        port_b_(free_port()),
        a_("host-a", port_a_, catalogue()),
        b_("host-b", port_b_, catalogue()) {
    a_.config.peers["host-b"] = {{asio::ip::address_v4::loopback(), port_b_}};
    b_.config.peers["host-a"] = {{asio::ip::address_v4::loopback(), port_a_}};
  }
  // A migration that takes longer than any test: it is there to be looked at, and called off.
  void slow_down() { a_.config.agent.session.rate_limit = BitRate(4'000'000); }
  void start() {
    for (const char* name : {"web-1", "web-2"}) a_.guests().boot(vm(name));
    b_.start();
    a_.start();
  }
  static Json migrate(const std::string& name = "web-1") {
    return {{"do", "migrate"}, {"vm", name}, {"to", "host-b"}, {"follow", true}};
  }

  std::uint16_t port_a_, port_b_;
  NodeHost a_, b_;
};

}  // namespace dwcp::node::test
