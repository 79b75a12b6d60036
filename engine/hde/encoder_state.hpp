// The encoder's memory of what was sent and what the receiver holds.
#pragma once

#include "engine/hde/encoder.hpp"
#include "engine/hde/page_table.hpp"
#include "engine/hde/plan.hpp"
#include "engine/hde/under_way.hpp"

namespace dwcp::hde {

// Low half of the content's hash: what a record carries as its checksum.
constexpr std::uint32_t checksum_of(const Hash128& hash) { return static_cast<std::uint32_t>(hash.low); }
const Hash128& zero_page_hash();

// What the encoder knows about one page: 24 bytes.
struct SentState {
  enum class Link : std::uint32_t {
    unknown,    // never sent, or nobody knows what the receiver has
    under_way,  // the newest version is in the batch whose number ends in place()
    held,       // the receiver has the newest version; its content is not here
    cached      // and its content is in the cache at place()
  };

  Hash128 hash;               // of the newest content
  std::uint32_t version = 0;  // the newest; 0: never sent
  std::uint32_t packed_link = 0;

  Link link() const { return static_cast<Link>(packed_link >> 30); }
  std::uint32_t place() const { return packed_link & place_mask; }
  void set_link(Link link, std::uint64_t place = 0) {
    packed_link = static_cast<std::uint32_t>(link) << 30 | static_cast<std::uint32_t>(place & place_mask);
  }
  static constexpr std::uint32_t place_mask = (1u << 30) - 1;
};
static_assert(sizeof(SentState) == 24);

class Encoder::State {
 public:
  State(const EncoderConfig& config, KeptWindow window);

  Plan plan(Slice input, std::span<const PageIn> pages, bool windowed);
  void acknowledge(BatchId id);
  std::vector<PageKey> forget(BatchId id);
  Repair missing(std::span<const PageVersion> pages);

  const Digest& digest() const { return digest_; }
  Bytes cached() const { return cache_.held(); }
  void prepare_window() { window_.prepare(); }
  Bytes window() const { return window_.held(); }
  KeptWindow kept_window() const {
    KeptWindow window = window_.kept();
    window.last = last_id_;
    return window;
  }
  const UnderWay& under_way() const { return under_way_; }

 private:
  // Bytes of a plan's work by kind.
  struct Effort {
    std::size_t compared = 0, hashed = 0;
  };
  // A page to be sent again in full, as it was.
  struct Again {
    PageVersion page;
    Hash128 hash;
    PageBufferPtr content;  // null: zero
  };

  bool tracked() const { return config_.history == History::tracked; }
  bool is_under_way_in(const SentState& state, BatchId id, const PageVersion& page) const;
  void classify(const PageIn& page, Plan::Contents& plan, SentBatch& batch, Effort& effort);
  void classify_tracked(Record& record, Plan::Contents::Source& source, SentPage& sent, Effort& effort);
  void start(BatchId id, SentBatch batch);
  void settle(SentPage& page);
  void to_cache(SentState& state, const PageKey& key, PageBufferPtr content, PageWorth worth);
  bool find_content(const PageVersion& page, Again& again);
  BatchId batch_of(const SentState& state) const;
  Plan plan_again(std::span<Again> pages);
  void search_window(Plan::Contents& plan, SentBatch& batch);

  const EncoderConfig config_;
  PageTable<SentState> table_;
  PageCache cache_;
  UnderWay under_way_;
  Digest digest_;
  SentWindow window_;
  ByteVector joined_;  // room for the contents of one batch
  BatchId last_id_;
};

}  // namespace dwcp::hde
