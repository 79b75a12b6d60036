#include "bench/peers/encoding/guest_stream.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "bench/peers/encoding/corpus.hpp"
#include "bench/peers/encoding/synthetic.hpp"

namespace dwcp::bench {
namespace {

class MadeUpCorpus : public testing::Test {
 protected:
  MadeUpCorpus() { write_synthetic(folder_, MiB(8)); }
  ~MadeUpCorpus() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ =
      testing::TempDir() + "dwcp-corpus-" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(MadeUpCorpus, RoundsTurnEachCaptureIntoTheNext) {
  const Corpus corpus = read_corpus(folder_, 10);
  const std::vector<Round> rounds = rounds_of(corpus);
  ASSERT_EQ(rounds.size(), 4u);
  EXPECT_EQ(rounds[0].pages.size(), corpus.pages());
  ByteVector memory(corpus.captures[0].bytes().begin(), corpus.captures[0].bytes().end());
  for (std::size_t i = 1; i < rounds.size(); ++i) {
    EXPECT_GT(rounds[i].pages.size(), 0u);
    EXPECT_LT(rounds[i].pages.size(), corpus.pages() / 10);
    for (const std::uint64_t page : rounds[i].pages)
      std::ranges::copy(corpus.captures[i].page(page),
                        memory.begin() + static_cast<std::ptrdiff_t>(page * page_size.value));
    EXPECT_TRUE(std::ranges::equal(memory, corpus.captures[i].bytes()));
  }
}

TEST_F(MadeUpCorpus, StreamBringsEveryPageOnceInBoundedBatches) {
  const Corpus corpus = read_corpus(folder_, 1);
  const Round round = rounds_of(corpus).front();
  GuestStream stream(round);
  std::uint64_t expected = 0;
  for (GuestBatch batch = stream.next(Version(1)); !batch.pages.empty(); batch = stream.next(Version(1))) {
    std::size_t content = 0;
    for (const hde::PageIn& page : batch.pages) {
      EXPECT_EQ(page.key.index.value, expected);
      const ByteSpan now = round.now->page(expected++);
      EXPECT_EQ(page.content.empty(), is_zero(now));
      EXPECT_TRUE(page.content.empty() || std::ranges::equal(page.content, now));
      content += page.content.size();
    }
    EXPECT_LE(content, MiB(1).value);
    EXPECT_LE(batch.pages.size(), hde::max_batch_pages);
  }
  EXPECT_EQ(expected, corpus.pages());
}

TEST_F(MadeUpCorpus, WrongSizeIsNamed) {
  std::filesystem::resize_file(folder_ + "/1.raw", 4096);
  EXPECT_THAT([&] { read_corpus(folder_, 10); },
              testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("1.raw has 4096 bytes")));
}

}  // namespace
}  // namespace dwcp::bench
