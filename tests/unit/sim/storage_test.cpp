#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

using platform::OpenMode;

ByteVector letters(std::size_t n, char letter) { return ByteVector(n, static_cast<std::byte>(letter)); }

Task<ByteVector> content(Platform& p, std::string name) {
  auto file = co_await p.storage().open(name, OpenMode::read);
  ByteVector bytes((co_await file->size()).value + 10);
  bytes.resize(co_await file->read_at(0, bytes));
  co_return bytes;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += name + " ";
  return all;
}

// A world of one machine whose disk loses every unsynced write, unless told otherwise.
struct Machine1 {
  explicit Machine1(DiskOptions disk = {.lost = 1, .torn = 0}) : host(world.add_host("host", {.disk = disk})) {}
  Program& start(std::string name, Main main) { return world.start(host, std::move(name), std::move(main)); }
  void finish(Program& p) {
    EXPECT_EQ(world.run_until([&] { return p.finished(); }, at_time(1h)), Outcome::reached);
    EXPECT_NO_THROW(p.rethrow_failure());
  }
  World world;
  Machine& host;
};

TEST(Storage, ReadsWhatWasWrittenAndTakesTheDisksTime) {
  Machine1 m({.access = 100us, .rate = BitRate(800'000'000), .sync = 3ms});
  auto& program = m.start("p", [](Platform& p) -> Task<void> {
    auto file = co_await p.storage().open("dir/a", OpenMode::create);
    EXPECT_EQ(p.now(), at_time(100us));
    co_await file->write_at(5, letters(100'000, 'x'));  // 1 ms of transfer
    EXPECT_EQ(p.now(), at_time(1200us));
    co_await file->sync();
    EXPECT_EQ(p.now(), at_time(4200us));
    EXPECT_EQ(co_await file->size(), Bytes(100'005));
    ByteVector read(10);
    EXPECT_EQ(co_await file->read_at(0, read), 10u);
    EXPECT_EQ(as_text(read), std::string(5, '\0') + "xxxxx");
    EXPECT_EQ(co_await file->read_at(100'000, read), 5u);
    EXPECT_EQ(co_await file->read_at(200'000, read), 0u);
    co_await file->resize(Bytes(7));
    EXPECT_EQ(co_await file->read_at(0, read), 7u);
    co_await p.storage().rename("dir/a", "dir/b");
    EXPECT_FALSE(co_await p.storage().exists("dir/a"));
    co_await p.storage().open("dir/c", OpenMode::create);
    EXPECT_EQ(joined(co_await p.storage().list("dir")), "b c ");
    co_await p.storage().remove("dir/b");
    co_await p.storage().remove("dir/b");
    EXPECT_EQ(joined(co_await p.storage().list("dir")), "c ");
  });
  m.finish(program);
}

constexpr std::array bad_names = {"", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a"};

TEST(Storage, RefusesNamesThatLeaveTheRootAndMissingFiles) {
  Machine1 m;
  auto& program = m.start("p", [](Platform& p) -> Task<void> {
    for (const char* name : bad_names) EXPECT_THROW(co_await p.storage().open(name, OpenMode::create), Error) << name;
    EXPECT_THROW(co_await p.storage().open("missing", OpenMode::read), Error);
    EXPECT_THROW(co_await p.storage().open("missing", OpenMode::write), Error);
    co_await p.storage().open("a", OpenMode::create);
    auto file = co_await p.storage().open("a", OpenMode::read);
    EXPECT_THROW(co_await file->write_at(0, letters(1, 'x')), Error);
  });
  m.finish(program);
}

TEST(Storage, SurvivesTheDeathOfTheProcessUnsynced) {
  Machine1 m;
  std::string found;
  auto& program = m.start("p", [&](Platform& p) -> Task<void> {
    if (co_await p.storage().exists("a")) {
      found = as_text(co_await content(p, "a"));
      co_return;
    }
    auto file = co_await p.storage().open("a", OpenMode::create);
    co_await file->write_at(0, letters(3, 'x'));
    co_await platform::sleep_for(p, 1h);
  });
  m.world.at(at_time(1s), [&] { program.restart(); });
  m.finish(program);
  EXPECT_EQ(found, "xxx");
}

TEST(Storage, ACrashTakesBackExactlyWhatWasNotSynced) {
  Machine1 m;
  std::string found;
  std::vector<std::string> names;
  auto& program = m.start("p", [&](Platform& p) -> Task<void> {
    if (co_await p.storage().exists("a")) {
      found = as_text(co_await content(p, "a"));
      names = co_await p.storage().list("");
      co_return;
    }
    auto file = co_await p.storage().open("a", OpenMode::create);
    co_await file->write_at(0, letters(6, 'x'));
    co_await file->sync();
    co_await file->write_at(2, letters(2, 'y'));
    co_await file->write_at(5, letters(5, 'z'));
    co_await file->resize(Bytes(1));
    auto never_synced = co_await p.storage().open("b", OpenMode::create);
    EXPECT_EQ(as_text(co_await content(p, "a")), "x");
    co_await platform::sleep_for(p, 1h);
  });
  m.world.at(at_time(1s), [&] {
    m.world.crash(m.host);
    m.world.boot(m.host);
  });
  m.finish(program);
  EXPECT_EQ(found, "xxxxxx");
  EXPECT_EQ(names, (std::vector<std::string>{"a"}));
}

TEST(Storage, ASyncThatTheCrashInterruptedPromisesNothing) {
  Machine1 m({.sync = 10ms, .lost = 1, .torn = 0});
  bool synced = false;
  auto& program = m.start("p", [&](Platform& p) -> Task<void> {
    auto file = co_await p.storage().open("a", OpenMode::create);
    if (p.now() > at_time(1s)) {
      EXPECT_EQ(co_await file->size(), Bytes(0));
      co_return;
    }
    co_await platform::sleep_until(p, at_time(1s - 5ms));
    co_await file->write_at(0, letters(6, 'x'));
    co_await file->sync();
    synced = true;
  });
  m.world.at(at_time(1s), [&] {
    m.world.crash(m.host);
    m.world.boot(m.host);
  });
  m.finish(program);
  EXPECT_FALSE(synced);
}

TEST(Storage, ATornWriteKeepsWholeSectors) {
  Machine1 m({.lost = 0, .torn = 1});
  ByteVector found;
  constexpr std::size_t sectors = 64;
  auto& program = m.start("p", [&](Platform& p) -> Task<void> {
    auto file = co_await p.storage().open("a", OpenMode::create);
    if (p.now() > at_time(1s)) {
      found = co_await content(p, "a");
      co_return;
    }
    co_await file->write_at(0, letters(sectors * Disk::sector, 'x'));
    co_await file->sync();
    co_await file->write_at(0, letters(sectors * Disk::sector, 'y'));
    co_await platform::sleep_for(p, 1h);
  });
  m.world.at(at_time(1s) + 1ns, [&] {
    m.world.crash(m.host);
    m.world.boot(m.host);
  });
  m.finish(program);
  ASSERT_EQ(found.size(), sectors * Disk::sector);
  std::size_t kept = 0;
  for (std::size_t s = 0; s < sectors; ++s) {
    const auto sector = as_text(ByteSpan(found).subspan(s * Disk::sector, Disk::sector));
    EXPECT_TRUE(sector == std::string(Disk::sector, 'x') || sector == std::string(Disk::sector, 'y')) << s;
    kept += sector[0] == 'y';
  }
  EXPECT_GT(kept, sectors / 4);
  EXPECT_LT(kept, sectors * 3 / 4);
}

TEST(Storage, AFullDiskAndInjectedFailuresAreErrorsThatNameTheFile) {
  Machine1 m({.capacity = Bytes(100)});
  auto& program = m.start("p", [&](Platform& p) -> Task<void> {
    auto file = co_await p.storage().open("a", OpenMode::create);
    co_await file->write_at(0, letters(90, 'x'));
    ErrorCode code;
    try {
      co_await file->write_at(85, letters(20, 'y'));
    } catch (const Error& e) {
      code = e.code();
      EXPECT_NE(e.detail().find("'a'"), std::string::npos);
    }
    EXPECT_EQ(code, Errc::storage_full);
    EXPECT_EQ(as_text(co_await content(p, "a")), std::string(90, 'x'));  // nothing of it was written
    co_await file->write_at(80, letters(20, 'z'));
    co_await p.storage().remove("a");
    auto other = co_await p.storage().open("b", OpenMode::create);
    co_await other->write_at(0, letters(100, 'x'));
    m.world.programs().front()->disk().fail_next(Disk::Operation::sync, 2);
    for (int i = 0; i < 2; ++i) EXPECT_THROW(co_await other->sync(), Error);
    co_await other->sync();
    m.world.programs().front()->disk().corrupt("b", 7);
    EXPECT_EQ((co_await content(p, "b"))[7], static_cast<std::byte>('x' ^ 1));
  });
  m.finish(program);
}

}  // namespace
}  // namespace dwcp::sim
