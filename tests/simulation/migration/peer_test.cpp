// A peer that does not keep to the conversation: it harms its own migration, and nothing else.
#include <gmock/gmock.h>

#include "engine/migration/agent.hpp"
#include "engine/migration/messages.hpp"
#include "engine/platform/deadline.hpp"
#include "hypervisor/model/host.hpp"
#include "sim/world.hpp"

namespace dwcp::migration::test {
namespace {

using namespace std::chrono_literals;
using platform::Platform;

constexpr std::uint16_t port = 4700;
const VmId vm("guest");

// A modelled host that takes its time to discard a guest, and offers whatever movement it is asked for.
class Host final : public Hypervisor {
 public:
  Host(std::unique_ptr<Hypervisor> host, Platform& platform) : host_(std::move(host)), platform_(platform) {}

  Task<std::vector<VmId>> list() override { return host_->list(); }
  Task<GuestInfo> find(VmId guest) override { return host_->find(std::move(guest)); }
  Task<GuestOffer> describe(VmId guest, MoveOptions options) override {
    GuestOffer offer = co_await host_->describe(std::move(guest), {});
    offer.options = options;
    co_return offer;
  }
  Task<std::unique_ptr<OutgoingGuest>> start_outgoing(VmId guest, MoveOptions options, Pipes& pipes) override {
    return host_->start_outgoing(std::move(guest), options, pipes);
  }
  Task<std::unique_ptr<IncomingGuest>> start_incoming(VmId guest, GuestOffer offer, Pipes& pipes) override {
    return host_->start_incoming(std::move(guest), std::move(offer), pipes);
  }
  Task<void> resume(VmId guest) override { return host_->resume(std::move(guest)); }
  Task<void> discard(VmId guest) override {
    co_await platform::sleep_for(platform_, 3s);
    co_await host_->discard(std::move(guest));
  }
  Duration switchover_typical() const override { return host_->switchover_typical(); }

 private:
  std::unique_ptr<Hypervisor> host_;
  Platform& platform_;
};

Task<void> say(amst::Session& session, Message message) { return session.send_message(encode(message)); }

Task<Message> hear(amst::Session& session) {
  const ByteVector bytes = co_await session.receive_message();
  co_return decode(bytes).value();
}

// The guest begins at host-a. One side is an agent, the other a script.
class Peers : public ::testing::Test {
 protected:
  using Script = std::function<Task<void>(Platform&)>;

  Peers() : a_(world_.add_host("host-a")), b_(world_.add_host("host-b")) {
    link_ = &world_.add_link(a_, b_, sim::LinkOptions(sim::WireOptions{.delay = 10ms}));
    guests_a_.boot(vm);
  }
  std::vector<platform::Endpoint> listen_at(sim::Machine& machine) {
    return std::vector<platform::Endpoint>(1, world_.endpoint(machine, *link_, port));
  }
  static amst::Identity identity(const char* node) { return {NodeId(node), AgentConfig{}.cluster}; }
  Script agent(sim::Machine& machine, model::GuestHost& guests, const char* node) {
    return [this, &machine, &guests, node](Platform& p) -> Task<void> {
      Host host(guests.attach(p), p);
      AgentConfig config;
      config.node = NodeId(node);
      config.listen = listen_at(machine);
      Agent living(p, host, config);
      agent_ = &living;
      co_await living.run();
    };
  }
  Task<std::shared_ptr<amst::Session>> dial(Platform& p, const char* node = "host-a") {
    const amst::Identity self = identity(node);
    const std::vector<platform::Endpoint> there = listen_at(b_);
    const amst::SessionConfig config;
    co_return co_await amst::connect(p, there, self, config);
  }
  // A session in which host-a has offered the guest, and was accepted.
  Task<std::shared_ptr<amst::Session>> offer_guest(Platform& p) {
    const auto host = guests_a_.attach(p);
    GuestOffer guest = co_await host->describe(vm, {});
    auto session = co_await dial(p);
    Message offer = Offer{vm, Epoch(1), NodeId("host-a"), std::move(guest), MiB(1), MiB(1)};
    co_await say(*session, std::move(offer));
    const Message accept = co_await hear(*session);
    EXPECT_EQ(name_of(accept), "Accept");
    co_return session;
  }
  // Until it has ended.
  void play(sim::Machine& machine, const char* name, Script script) {
    const sim::Program& program = world_.start(machine, name, std::move(script));
    world_.run_until([&] { return program.finished(); }, world_.now() + 60s);
    EXPECT_TRUE(program.finished());
    program.rethrow_failure();
  }

  sim::World world_{sim::WorldOptions{}};
  sim::Machine &a_, &b_;
  sim::Link* link_ = nullptr;
  const model::Catalogue catalogue_{{vm, model::Blueprint::make({.memory = MiB(32)}).value()}};
  model::GuestHost guests_a_{catalogue_, {.seed = 1}, [this] { return world_.now(); }};
  model::GuestHost guests_b_{catalogue_, {.seed = 2}, [this] { return world_.now(); }};
  Agent* agent_ = nullptr;
};

// The source comes back in another session while the guest that failed to come is being discarded.
TEST_F(Peers, AMigrationThatIsBeingDiscardedIsCalledOffAgain) {
  sim::Program& destination = world_.start(b_, "b", agent(b_, guests_b_, "host-b"));
  std::string answer;
  play(a_, "a", [&](Platform& p) -> Task<void> {
    const auto session = co_await offer_guest(p);
    Message nonsense = Running{Epoch(1)};
    co_await say(*session, std::move(nonsense));
    co_await platform::sleep_for(p, 1s);
    const auto another = co_await dial(p);
    Message abort = Abort{vm, Epoch(1)};
    co_await say(*another, std::move(abort));
    const Message word = co_await hear(*another);
    answer = name_of(word);
  });
  EXPECT_EQ(answer, "Aborted");
  EXPECT_NO_THROW(destination.rethrow_failure());
  EXPECT_TRUE(destination.alive());
  EXPECT_EQ(guests_b_.state(vm), GuestState::absent);
}

// A third node of the cluster speaks of a hand-over that it has no part in.
TEST_F(Peers, OnlyTheNodeThatOfferedAGuestMayCallItOff) {
  sim::Program& destination = world_.start(b_, "b", agent(b_, guests_b_, "host-b"));
  std::string of_stranger, of_stranger_to_commit, of_source;
  play(a_, "a", [&](Platform& p) -> Task<void> {
    const auto session = co_await offer_guest(p);
    const auto stranger = co_await dial(p, "host-c");
    Message abort = Abort{vm, Epoch(1)};
    co_await say(*stranger, std::move(abort));
    const Message refused = co_await hear(*stranger);
    if (const auto* refuse = std::get_if<Refuse>(&refused)) of_stranger = refuse->reason;
    Message commit = Commit{vm, Epoch(1)};
    co_await say(*stranger, std::move(commit));
    const Message refused_too = co_await hear(*stranger);
    of_stranger_to_commit = name_of(refused_too);
    const auto another = co_await dial(p);
    Message mine = Abort{vm, Epoch(1)};
    co_await say(*another, std::move(mine));
    const Message word = co_await hear(*another);
    of_source = name_of(word);
  });
  EXPECT_THAT(of_stranger, ::testing::HasSubstr("was offered under epoch 1 by node 'host-a', not by 'host-c'"));
  EXPECT_EQ(of_stranger_to_commit, "Refuse");
  EXPECT_EQ(of_source, "Aborted");
  EXPECT_NO_THROW(destination.rethrow_failure());
}

TEST_F(Peers, PagesAreNotAskedForWhereTheEngineSendsNone) {
  sim::Program& source = world_.start(a_, "a", agent(a_, guests_a_, "host-a"));
  std::optional<Report> report;
  source.spawn([&](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 1s);
    Request request;
    request.vm = vm;
    request.destination = listen_at(b_);
    request.movement = Movement::post_copy;
    report = co_await agent_->migrate(std::move(request));
  });
  play(b_, "b", [&](Platform& p) -> Task<void> {
    amst::Acceptor acceptor(p, listen_at(b_), identity("host-b"), {});
    const auto session = co_await acceptor.accept();
    const Message offer = co_await hear(*session);
    EXPECT_EQ(name_of(offer), "Offer");
    Message accept = Accept{};
    co_await say(*session, std::move(accept));
    Message missing = Missing{{{0, PageIndex(1), Version(1)}}};
    co_await say(*session, std::move(missing));
    const Message abort = co_await hear(*session);
    EXPECT_EQ(name_of(abort), "Abort");
    Message aborted = Aborted{Epoch(1)};
    co_await say(*session, std::move(aborted));
    while (!report) co_await platform::sleep_for(p, 100ms);
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->outcome, Outcome::rolled_back);
  EXPECT_THAT(report->reason, ::testing::HasSubstr("Missing came while"));
  EXPECT_EQ(guests_a_.state(vm), GuestState::running);
}

}  // namespace
}  // namespace dwcp::migration::test
