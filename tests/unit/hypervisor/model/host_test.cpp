// The Hypervisor port on a modelled host, and what happens to guests when agents die.
#include "hypervisor/model/host.hpp"

#include <gmock/gmock.h>

#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::model {
namespace {

using migration::GuestState;
using ::testing::ElementsAre;

constexpr Bytes at_once{~std::uint64_t{0}};

// Modelled guests need none.
struct NoPipes final : migration::Pipes {
  std::shared_ptr<migration::Pipe> open(migration::PipeTraits) override { throw Error(Errc::internal, "no pipes"); }
  Task<std::shared_ptr<migration::Pipe>> accept() override { throw Error(Errc::internal, "no pipes"); }
};

struct HostTest : platform::native::NativeTest {
  const VmId vm{"web"};
  NoPipes no_pipes;
  TimePoint now{};
  const Catalogue catalogue{
      {vm,
       Blueprint::make({.memory = MiB(2), .dirty = {.pattern = DirtyPattern::constant, .rate = BitRate(80'000'000)}})
           .value()}};
  GuestHost a{catalogue, {.memory = MiB(64), .seed = 1}, [this] { return now; }};
  GuestHost b{catalogue, {.memory = MiB(64), .seed = 2}, [this] { return now; }};
  std::unique_ptr<migration::Hypervisor> on_a = a.attach(platform_), on_b = b.attach(platform_);

  void SetUp() override { a.boot(vm); }

  // Carries the stream, `pieces` of 64 KiB at most; true at its end.
  Task<bool> carry(migration::OutgoingGuest& out, migration::IncomingGuest& in, int pieces = 1 << 20) {
    ByteVector buffer(KiB(64).value);
    for (; pieces > 0; --pieces) {
      now += std::chrono::milliseconds(1);
      const std::size_t count = co_await out.read_some(buffer);
      if (count == 0) co_return true;
      co_await in.write(ByteSpan(buffer).first(count));
    }
    co_return false;
  }
  Task<std::unique_ptr<migration::IncomingGuest>> start_incoming() {
    const migration::GuestOffer offer = co_await on_a->describe(vm, {});
    co_return co_await on_b->start_incoming(vm, offer, no_pipes);
  }
  Task<std::unique_ptr<migration::OutgoingGuest>> start_outgoing() {
    co_return co_await on_a->start_outgoing(vm, {}, no_pipes);
  }
};

TEST_F(HostTest, MovesARunningGuest) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    EXPECT_FALSE(co_await carry(*out, *in, 20));
    EXPECT_TRUE(a.is_running(vm));
    co_await out->allow_switchover(at_once);
    EXPECT_TRUE(co_await carry(*out, *in));
    EXPECT_EQ(a.state(vm), GuestState::paused);
    EXPECT_TRUE(out->status().guest_stopped);
    EXPECT_EQ(b.state(vm), GuestState::absent);
    co_await in->finish();
    EXPECT_EQ(b.state(vm), GuestState::paused);
    EXPECT_THAT(a.differences(vm, b), ElementsAre());
    EXPECT_THAT(b.report(vm).wrong_pages, ElementsAre());
    co_await on_b->resume(vm);
    out.reset();
    EXPECT_EQ(a.state(vm), GuestState::paused);
    co_await on_a->discard(vm);
    EXPECT_EQ(a.state(vm), GuestState::absent);
    EXPECT_TRUE(b.is_running(vm));
  });
}

TEST_F(HostTest, ComparesMemoryPageByPage) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    co_await out->allow_switchover(at_once);
    co_await carry(*out, *in);
    co_await in->finish();
    EXPECT_THAT(a.differences(vm, b), ElementsAre());
    co_await on_a->resume(vm);  // both ran: what the engine must never do
    co_await on_b->resume(vm);
    now += std::chrono::seconds(1);
    co_await start_outgoing();  // looks at the memory
    EXPECT_GT(a.differences(vm, b).size(), 100u);
    EXPECT_EQ(a.differences(VmId{"web"}, GuestHost(catalogue, {}, [] { return TimePoint(); })).size(),
              catalogue.at(vm)->frames());
  });
}

TEST_F(HostTest, FindsAWrongPage) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    co_await out->allow_switchover(at_once);
    // Another version of one page comes after the right one, as a second section would bring it.
    ByteVector stream, buffer(KiB(64).value);
    while (const std::size_t count = co_await out->read_some(buffer))
      stream.insert(stream.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    const std::string_view name = "\x07pc.bios";
    const auto record = std::ranges::search(ByteSpan(stream).subspan(1000), as_bytes(name));
    EXPECT_FALSE(record.empty());
    const auto at = static_cast<std::size_t>(record.end() - ByteSpan(stream).begin());
    stream[at] ^= std::byte{1};
    co_await in->write(stream);
    co_await in->finish();
    EXPECT_EQ(b.report(vm).wrong_pages.size(), 1u);
    EXPECT_EQ(a.differences(vm, b), b.report(vm).wrong_pages);
  });
}

TEST_F(HostTest, AKilledAgentsOutgoingGuestRunsOn) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    co_await out->allow_switchover(at_once);
    EXPECT_FALSE(co_await carry(*out, *in, 2));
    EXPECT_EQ(a.state(vm), GuestState::paused);
    a.agent_died();
    EXPECT_TRUE(a.is_running(vm));
    const auto error = co_await platform::native::error_of(carry(*out, *in));
    EXPECT_EQ(error, make_error_code(Errc::hypervisor_failed));
    // The next agent's migration is not hurt by what is left of the first.
    on_a = a.attach(platform_);
    auto next = co_await start_outgoing();
    co_await next->allow_switchover(at_once);
    ByteVector buffer(1000);
    co_await next->read_some(buffer);
    EXPECT_EQ(a.state(vm), GuestState::paused);
    out.reset();
    EXPECT_EQ(a.state(vm), GuestState::paused);
  });
}

TEST_F(HostTest, AKilledAgentsFinishedStreamLeavesTheGuestPaused) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    co_await out->allow_switchover(at_once);
    EXPECT_TRUE(co_await carry(*out, *in));
    a.agent_died();
    EXPECT_EQ(a.state(vm), GuestState::paused);
    on_a = a.attach(platform_);
    co_await on_a->resume(vm);
    EXPECT_TRUE(a.is_running(vm));
  });
}

TEST_F(HostTest, AKilledAgentsIncomingGuestIsGoneUnlessFinished) {
  run([&]() -> Task<void> {
    auto out = co_await start_outgoing();
    auto in = co_await start_incoming();
    co_await carry(*out, *in, 5);
    b.agent_died();
    EXPECT_EQ(co_await platform::native::error_of(carry(*out, *in, 5)), make_error_code(Errc::hypervisor_failed));
    out = co_await (out.reset(), start_outgoing());
    auto second = co_await start_incoming();
    in.reset();
    co_await out->allow_switchover(at_once);
    EXPECT_TRUE(co_await carry(*out, *second));
    co_await second->finish();
    b.agent_died();
    EXPECT_EQ(b.state(vm), GuestState::paused);
  });
}

TEST_F(HostTest, DroppingTheHandlesCancels) {
  run([&]() -> Task<void> {
    {
      auto out = co_await start_outgoing();
      auto in = co_await start_incoming();
      co_await out->allow_switchover(at_once);
      co_await carry(*out, *in, 2);
      EXPECT_EQ(co_await platform::native::error_of(start_outgoing()), make_error_code(Errc::hypervisor_failed));
      EXPECT_EQ(co_await platform::native::error_of(start_incoming()), make_error_code(Errc::already_exists));
      EXPECT_EQ(co_await platform::native::error_of(on_a->resume(vm)), make_error_code(Errc::hypervisor_failed));
    }
    EXPECT_TRUE(a.is_running(vm));
    EXPECT_EQ(b.state(vm), GuestState::absent);
    auto in = co_await start_incoming();
  });
}

TEST_F(HostTest, AllowingTheSwitchoverWakesAWaitingReader) {
  const VmId idle{"idle"};
  GuestHost host({{idle, Blueprint::make({.memory = MiB(1)}).value()}}, {}, [this] { return now; });
  host.boot(idle);
  run([&]() -> Task<void> {
    auto hypervisor = host.attach(platform_);
    auto out = co_await hypervisor->start_outgoing(idle, {}, no_pipes);
    std::size_t sum = 0;
    co_await platform::in_scope(platform_, [&](platform::Scope& scope) -> Task<void> {
      scope.spawn([](auto& stream, auto& total) -> Task<void> {
        ByteVector buffer(KiB(64).value);
        while (const std::size_t count = co_await stream.read_some(buffer)) total += count;
      }(*out, sum));
      co_await platform::sleep_for(platform_, std::chrono::milliseconds(1));
      EXPECT_TRUE(host.is_running(idle));
      co_await out->allow_switchover(KiB(4));
    });
    EXPECT_GT(sum, KiB(512).value);
    EXPECT_EQ(host.state(idle), GuestState::paused);
  });
}

TEST_F(HostTest, RefusesWhatDoesNotFit) {
  run([&]() -> Task<void> {
    GuestHost small(catalogue, {.memory = MiB(1)}, [this] { return now; });
    const auto hypervisor = small.attach(platform_);
    const migration::GuestOffer guest = co_await on_a->describe(vm, {});
    using platform::native::error_of;
    EXPECT_EQ(co_await error_of(hypervisor->start_incoming(vm, guest, no_pipes)),
              make_error_code(Errc::hypervisor_failed));
    EXPECT_EQ(co_await error_of(on_a->start_incoming(vm, guest, no_pipes)), make_error_code(Errc::already_exists));
    EXPECT_EQ(co_await error_of(on_b->start_outgoing(vm, {}, no_pipes)), make_error_code(Errc::not_found));
    EXPECT_EQ(co_await error_of(on_b->resume(vm)), make_error_code(Errc::not_found));
    EXPECT_EQ(co_await error_of(on_a->discard(vm)), make_error_code(Errc::hypervisor_failed));
    EXPECT_EQ(co_await error_of(on_b->discard(vm)), ErrorCode());
    EXPECT_EQ(co_await error_of(on_b->start_incoming(VmId{"other"}, guest, no_pipes)),
              make_error_code(Errc::not_found));
  });
}

TEST_F(HostTest, TellsItsObserver) {
  std::vector<GuestState> seen;
  a.observe([&](const VmId&, GuestState state) { seen.push_back(state); });
  run([&]() -> Task<void> {
    {
      auto out = co_await start_outgoing();
      auto in = co_await start_incoming();
      co_await out->allow_switchover(at_once);
      co_await carry(*out, *in);
    }
    co_await on_a->resume(vm);
    a.power_off();
  });
  EXPECT_THAT(seen, ElementsAre(GuestState::paused, GuestState::running, GuestState::absent));
  EXPECT_THAT(a.guests(), ElementsAre());
}

}  // namespace
}  // namespace dwcp::model
