// Files over loopback, from one platform to another.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "engine/transfer/block_hash.hpp"
#include "engine/transfer/block_table.hpp"
#include "engine/transfer/names.hpp"
#include "tests/unit/engine/transfer/two_hosts.hpp"

namespace dwcp::transfer {
namespace {

class Transfer : public TwoHosts {
 protected:
  void expect_well(const Outcome& outcome) {
    ASSERT_FALSE(outcome.send_failure.code) << outcome.send_failure.message();
    ASSERT_FALSE(outcome.receive_failure.code) << outcome.receive_failure.message();
    ASSERT_TRUE(outcome.sent && outcome.received);
    EXPECT_TRUE(outcome.sent->all_well()) << outcome.sent->first_failure().message();
  }
  std::vector<std::string> leftovers() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(into_.path()))
      if (entry.path().filename().string().find(".partial") != std::string::npos)
        names.push_back(entry.path().filename().string());
    return names;
  }
  // As a receiver that was killed would leave it: blocks [0, count) of `content` there and claimed.
  void leave_partial(const std::string& name, const ByteVector& content, std::uint64_t count) {
    ByteVector partial = content;
    std::fill(partial.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(content.size(), count << 20)),
              partial.end(), std::byte{0x77});  // garbage behind
    put(target(partial_name(name)), partial);
    platform::native::NativePlatform platform({.root = into_.path(), .lanes = 1, .compute_threads = 1});
    const auto claim = [&]() -> Task<void> {
      BlockTable table = co_await BlockTable::create(platform.storage(), table_name(name), Bytes(content.size()));
      for (BlockIndex block; block.value < count; ++block) {
        const ByteSpan bytes = ByteSpan(content).subspan(block.value << 20);
        table.set(block, block_hash(block, bytes.first(std::min<std::size_t>(bytes.size(), 1 << 20))));
      }
      co_await table.flush();
    };
    platform.run(claim());
  }
};

TEST_F(Transfer, CarriesFilesOfAllSizes) {
  std::vector<std::string> names;
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 5'000'000}) {
    names.push_back("file-" + std::to_string(size));
    put(source(names.back()), pattern(size, size));
  }
  const Outcome outcome = send_files(names);
  expect_well(outcome);
  for (const std::string& name : names) EXPECT_TRUE(get(target(name)) == get(source(name))) << name;
  EXPECT_EQ(outcome.sent->carried, outcome.sent->total);
  EXPECT_EQ(outcome.sent->resent, Bytes(0));
  EXPECT_EQ(outcome.received->files.size(), names.size());
  EXPECT_TRUE(leftovers().empty());
}

TEST_F(Transfer, CarriesManySmallFiles) {
  std::vector<std::string> names;
  for (int i = 0; i < 700; ++i) {
    names.push_back("n" + std::to_string(i));
    put(source(names.back()), pattern(static_cast<std::size_t>(i * 7), static_cast<std::uint64_t>(i)));
  }
  const Outcome outcome = send_files(names);
  expect_well(outcome);
  for (const std::string& name : names) EXPECT_TRUE(get(target(name)) == get(source(name))) << name;
}

TEST_F(Transfer, KeepsHoles) {
  const std::size_t size = 64 << 20;
  {
    std::ofstream file(source("sparse"), std::ios::binary);
    file << "head";
    file.seekp(size - 4);
    file << "tail";
  }
  expect_well(send_files({"sparse"}));
  EXPECT_TRUE(get(target("sparse")) == get(source("sparse")));
  struct stat status {};
  ASSERT_EQ(::stat(target("sparse").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 4 << 20);
}

TEST_F(Transfer, SkipsWhatIsThere) {
  put(source("a"), pattern(3 << 20, 1));
  put(target("a"), pattern(3 << 20, 1));
  const Outcome outcome = send_files({"a"});
  expect_well(outcome);
  EXPECT_EQ(outcome.sent->carried, Bytes(0));
  EXPECT_EQ(outcome.sent->files[0].outcome, FileOutcome::same);
  EXPECT_EQ(outcome.received->files[0].outcome, FileOutcome::same);
}

TEST_F(Transfer, NeverReplacesUnasked) {
  put(source("longer"), pattern(3 << 20, 1));
  put(target("longer"), pattern(1000, 2));
  put(source("other"), pattern(3 << 20, 1));
  put(target("other"), pattern(3 << 20, 2));
  put(source("new"), pattern(100, 5));
  const Outcome outcome = send_files({"longer", "other", "new"});
  ASSERT_TRUE(outcome.sent) << outcome.send_failure.message();
  EXPECT_EQ(outcome.sent->files[0].failure.code, make_error_code(Errc::already_exists));
  EXPECT_EQ(outcome.sent->files[1].failure.code, make_error_code(Errc::already_exists));
  EXPECT_NE(outcome.sent->files[1].failure.detail.find("--force"), std::string::npos);
  EXPECT_EQ(outcome.sent->files[2].outcome, FileOutcome::stored);
  EXPECT_TRUE(get(target("longer")) == pattern(1000, 2));
  EXPECT_TRUE(get(target("other")) == pattern(3 << 20, 2));
  EXPECT_TRUE(get(target("new")) == pattern(100, 5));
}

TEST_F(Transfer, ForceReplaces) {
  put(source("a"), pattern(3 << 20, 1));
  put(target("a"), pattern(1000, 2));
  expect_well(send_files({"a"}, true));
  EXPECT_TRUE(get(target("a")) == get(source("a")));
}

TEST_F(Transfer, AReceiverMayKeepWhatItHas) {
  put(source("a"), pattern(3 << 20, 1));
  put(target("a"), pattern(1000, 2));
  ReceiveOptions options = receive_options();
  options.may_replace = false;
  const Outcome outcome = send_files({"a"}, true, options);
  ASSERT_TRUE(outcome.sent) << outcome.send_failure.message();
  EXPECT_EQ(outcome.sent->files[0].failure.code, make_error_code(Errc::already_exists));
  EXPECT_TRUE(get(target("a")) == pattern(1000, 2));
}

TEST_F(Transfer, GoesOnWhereItStopped) {
  const ByteVector content = pattern(20 << 20, 9);
  put(source("a"), content);
  leave_partial("a", content, 13);
  const Outcome outcome = send_files({"a"});
  expect_well(outcome);
  EXPECT_TRUE(get(target("a")) == content);
  EXPECT_EQ(outcome.sent->reused, MiB(13));
  EXPECT_EQ(outcome.sent->carried, MiB(7));
  EXPECT_EQ(outcome.sent->files[0].outcome, FileOutcome::completed);
  EXPECT_TRUE(leftovers().empty());
}

TEST_F(Transfer, ClaimsThatAreNotTrueAreNotBelieved) {
  const ByteVector content = pattern(10 << 20, 9);
  put(source("a"), content);
  leave_partial("a", content, 10);
  {
    std::fstream partial(target(partial_name("a")), std::ios::in | std::ios::out | std::ios::binary);
    partial.seekp((3 << 20) + 5);  // as a write that never reached the disk
    partial << "not what was sent";
  }
  const Outcome outcome = send_files({"a"});
  expect_well(outcome);
  EXPECT_TRUE(get(target("a")) == content);
  EXPECT_EQ(outcome.sent->carried, MiB(1));
}

TEST_F(Transfer, ASourceThatChangedSinceIsSentWhereItDiffers) {
  const ByteVector before = pattern(10 << 20, 9);
  leave_partial("a", before, 10);
  ByteVector now = before;
  now[(4 << 20) + 1] ^= std::byte{1};
  put(source("a"), now);
  const Outcome outcome = send_files({"a"});
  expect_well(outcome);
  EXPECT_TRUE(get(target("a")) == now);
  EXPECT_EQ(outcome.sent->carried, MiB(1));
}

TEST_F(Transfer, GarbageWhereZeroesBelongIsOverwritten) {
  ByteVector content = pattern(6 << 20, 3);
  std::fill(content.begin() + (4 << 20), content.end(), std::byte{0});
  put(source("a"), content);
  leave_partial("a", content, 2);
  expect_well(send_files({"a"}));
  EXPECT_TRUE(get(target("a")) == content);
}

TEST_F(Transfer, AFullDiskIsToldToBothSidesAndNothingIsLost) {
  put(source("a"), pattern(4 << 20, 3));
  put(target("bystander"), pattern(100, 1));
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{2 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const Outcome outcome = send_files({"a"});
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(outcome.receive_failure.code, make_error_code(Errc::storage_full)) << outcome.receive_failure.message();
  EXPECT_EQ(outcome.send_failure.code, make_error_code(Errc::storage_full)) << outcome.send_failure.message();
  EXPECT_NE(outcome.send_failure.detail.find("a.partial"), std::string::npos) << outcome.send_failure.detail;
  EXPECT_TRUE(get(target("bystander")) == pattern(100, 1));
  EXPECT_FALSE(std::filesystem::exists(target("a")));
}

TEST_F(Transfer, AReceiverThatWasNeverThereIsUnreachable) {
  put(source("a"), pattern(10, 1));
  platform::native::NativePlatform platform({.root = from_.path(), .lanes = 1});
  platform::Endpoint nowhere;
  {
    const auto listener = platform.listen({asio::ip::address_v4::loopback(), 0}, {});
    nowhere = listener->local();
  }
  SendOptions options;
  options.to.push_back(nowhere);
  options.self = amst::Identity(NodeId("sender"), "test");
  options.session.connect_timeout = std::chrono::milliseconds(300);
  const std::vector<SourceFile> files{{"a", "a"}};
  ErrorCode code;
  const auto main = [&]() -> Task<void> { co_await send(platform, files, options, {}, {}); };
  try {
    platform.run(main());
  } catch (const Error& error) {
    code = error.code();
  }
  EXPECT_EQ(code, make_error_code(Errc::unreachable)) << code.message();
}

TEST_F(Transfer, TwoFilesOfOneNameAreAnError) {
  put(source("a"), pattern(10, 1));
  const Outcome outcome = carry(receive_options(), [](platform::Platform& platform, platform::Endpoint to) {
    return [](platform::Platform& p, platform::Endpoint where) -> Task<Report> {
      SendOptions options;
      options.to.push_back(where);
      options.self = amst::Identity(NodeId("sender"), "test");
      options.session = session_config();
      std::vector<SourceFile> twice{{"a", "a"}, {"a", "a"}};
      ErrorCode code;
      try {
        co_await send(p, twice, options, {}, {});
      } catch (const Error& error) {
        code = error.code();
      }
      EXPECT_EQ(code, make_error_code(Errc::bad_value));
      twice.pop_back();
      co_return co_await send(p, twice, options, {}, {});
    }(platform, to);
  });
  expect_well(outcome);
}

}  // namespace
}  // namespace dwcp::transfer
