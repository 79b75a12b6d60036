#include "engine/transfer/block_table.hpp"

#include <fstream>

#include "engine/transfer/block_hash.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::transfer {
namespace {

class BlockTableTest : public platform::native::NativeTest {
 protected:
  static constexpr Bytes size = MiB(5) + Bytes(3);  // six blocks, the last of three bytes
  platform::Storage& storage() { return platform_.storage(); }
  Task<void> write_some() {
    BlockTable table = co_await BlockTable::create(storage(), "t", size);
    table.set(BlockIndex(1), Hash128{1, 2});
    table.set(BlockIndex(5), Hash128{3, 4});
    co_await table.flush();
  }
};

TEST_F(BlockTableTest, CountsWhatIsHeld) {
  BlockTable table(size);
  EXPECT_EQ(table.blocks(), 6U);
  EXPECT_EQ(table.held_bytes(), Bytes(0));
  table.set(BlockIndex(5), Hash128{1, 1});
  EXPECT_EQ(table.held_bytes(), Bytes(3));
  for (std::uint64_t i = 0; i < 5; ++i) table.set(BlockIndex(i), Hash128{i, 1});
  EXPECT_TRUE(table.complete());
  EXPECT_EQ(table.held_bytes(), size);
  table.clear(BlockIndex(0));
  EXPECT_FALSE(table.complete());
  EXPECT_TRUE(BlockTable(Bytes(0)).complete());
}

TEST_F(BlockTableTest, ComesBack) {
  run([&]() -> Task<void> {
    co_await write_some();
    const auto table = co_await BlockTable::load(storage(), "t", size);
    EXPECT_TRUE(table);
    if (!table) co_return;
    EXPECT_TRUE(table->held(BlockIndex(1)));
    EXPECT_FALSE(table->held(BlockIndex(2)));
    EXPECT_EQ(table->hash(BlockIndex(5)), (Hash128{3, 4}));
    EXPECT_EQ(table->held_bytes(), MiB(1) + Bytes(3));
  });
}

TEST_F(BlockTableTest, ClearedClaimsDoNotComeBack) {
  run([&]() -> Task<void> {
    co_await write_some();
    auto table = co_await BlockTable::load(storage(), "t", size);
    table->clear(BlockIndex(1));
    co_await table->flush();
    const auto again = co_await BlockTable::load(storage(), "t", size);
    EXPECT_FALSE(again->held(BlockIndex(1)));
    EXPECT_TRUE(again->held(BlockIndex(5)));
  });
}

TEST_F(BlockTableTest, AnotherSizeOrADamagedHeadMeansNone) {
  run([&]() -> Task<void> {
    EXPECT_FALSE(co_await BlockTable::load(storage(), "t", size));
    co_await write_some();
    EXPECT_FALSE(co_await BlockTable::load(storage(), "t", size + Bytes(1)));
    {
      std::fstream file(folder_.path() / "t", std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(9);
      file.put('x');
    }
    EXPECT_FALSE(co_await BlockTable::load(storage(), "t", size));
  });
}

TEST_F(BlockTableTest, ATornTailLosesOnlyItself) {
  run([&]() -> Task<void> {
    co_await write_some();
    std::filesystem::resize_file(folder_.path() / "t", 32 + 16 * 5 + 7);
    const auto table = co_await BlockTable::load(storage(), "t", size);
    EXPECT_TRUE(table->held(BlockIndex(1)));
    EXPECT_FALSE(table->held(BlockIndex(5)));
  });
}

}  // namespace
}  // namespace dwcp::transfer
