#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "engine/platform/journal.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

class NativeStorage : public NativeTest {
 protected:
  Storage& storage() { return platform_.storage(); }
  // Outside the coroutines: g++ 12 cannot compile an initializer_list within one.
  static std::vector<std::string> made() { return {"z", "y", "x"}; }
  static std::vector<std::string> outside() { return {"", "/etc/passwd", "..", "a/../../b", "a/.."}; }
  std::string content(const std::string& name) {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(NativeStorage, WritesReadsAndResizes) {
  run([&]() -> Task<void> {
    auto file = co_await storage().open("a/b/log", OpenMode::create);
    co_await file->write_at(3, as_bytes("world"));
    co_await file->sync();
    EXPECT_EQ((co_await file->size()).value, 8U);
    ByteVector into(16);
    EXPECT_EQ(co_await file->read_at(4, into), 4U);
    EXPECT_EQ(as_text(ByteSpan(into).first(4)), "orld");
    EXPECT_EQ(co_await file->read_at(8, into), 0U);
    co_await file->resize(Bytes(4));
    EXPECT_EQ(content("a/b/log"), std::string("\0\0\0w", 4));
    auto again = co_await storage().open("a/b/log", OpenMode::create);  // kept when present
    EXPECT_EQ((co_await again->size()).value, 4U);
  });
}

TEST_F(NativeStorage, RenamesListsAndRemoves) {
  run([&]() -> Task<void> {
    const std::vector<std::string> names = made();
    for (const std::string& name : names) {
      auto file = co_await storage().open(name, OpenMode::create);
      co_await file->write_at(0, as_bytes(name));
    }
    co_await storage().rename("z", "x");
    EXPECT_EQ(content("x"), "z");
    EXPECT_THAT(co_await storage().list(""), ::testing::ElementsAre("x", "y"));
    EXPECT_TRUE((co_await storage().list("absent")).empty());
    co_await storage().remove("y");
    co_await storage().remove("y");
    EXPECT_FALSE(co_await storage().exists("y"));
    EXPECT_TRUE(co_await storage().exists("x"));
  });
}

TEST_F(NativeStorage, MissingFileIsNamed) {
  run([&]() -> Task<void> {
    try {
      co_await storage().open("absent", OpenMode::read);
      ADD_FAILURE() << "opened a missing file";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::storage_failed));
      EXPECT_NE(error.detail().find((folder_.path() / "absent").string()), std::string::npos) << error.detail();
    }
  });
}

TEST_F(NativeStorage, NamesCannotLeaveTheRoot) {
  run([&]() -> Task<void> {
    const std::vector<std::string> names = outside();
    for (const std::string& name : names)
      EXPECT_EQ(co_await error_of(storage().open(name, OpenMode::create)), make_error_code(Errc::bad_value)) << name;
    EXPECT_EQ(co_await error_of(storage().rename("../a", "b")), make_error_code(Errc::bad_value));
    EXPECT_EQ(co_await error_of(storage().remove(std::string("a\0b", 3))), make_error_code(Errc::bad_value));
  });
}

TEST_F(NativeStorage, FullDeviceIsStorageFullAndNamed) {
  std::filesystem::create_symlink("/dev/full", folder_.path() / "disk");  // every write to it fails with ENOSPC
  run([&]() -> Task<void> {
    auto file = co_await storage().open("disk", OpenMode::write);
    try {
      co_await file->write_at(0, as_bytes("x"));
      ADD_FAILURE() << "wrote to a full device";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), make_error_code(Errc::storage_full));
      EXPECT_NE(error.detail().find("disk"), std::string::npos) << error.detail();
    }
  });
}

TEST_F(NativeStorage, SizeLimitIsStorageFull) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit tight = before;
  tight.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &tight);
  run([&]() -> Task<void> {
    auto file = co_await storage().open("limited", OpenMode::create);
    co_await file->write_at(0, ByteVector(4096));
    EXPECT_EQ(co_await error_of(file->write_at(4096, ByteVector(1))), make_error_code(Errc::storage_full));
  });
  setrlimit(RLIMIT_FSIZE, &before);
}

TEST_F(NativeStorage, JournalComesBack) {
  run([&]() -> Task<void> {
    {
      Journal journal = co_await Journal::open(storage(), "decisions");
      co_await journal.append(as_bytes("first"));
      co_await journal.append(as_bytes("second"));
    }
    Journal journal = co_await Journal::open(storage(), "decisions");
    std::string all;
    for (const ByteVector& record : journal.recovered()) all += std::string(as_text(record)) + ";";
    EXPECT_EQ(all, "first;second;");
  });
}

}  // namespace
}  // namespace dwcp::platform::native
