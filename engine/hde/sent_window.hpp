// The sender's long window: what the latest batches carried, with an index of it, so that whatever is sent again from
// anywhere in it, at any alignment, is found. The receiver keeps the same bytes (held_window.hpp).
//
// Positions are chosen by content (one in 256 on average, see Kernels::anchors), and only they are indexed and looked
// up: as in Muthitacharoen et al., "A Low-Bandwidth Network File System", SOSP 2001, but with every match extended byte
// by byte in both directions.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/literals.hpp"
#include "engine/hde/match_list.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

class SentWindow {
 public:
  // What one batch becomes.
  struct Part {
    Literals literals;
    std::vector<Match> matches;
    bool held = false;  // later batches may copy from the literals
    BatchId floor;      // what is below, neither this batch nor a later one copies from
  };

  // `budget`: of the literals that the receiver has to hold at once; 0: there is no window.
  // `begins_with` is what the receiver holds already; of more than the budget the oldest are left out.
  explicit SentWindow(Bytes budget, KeptWindow begins_with = {});

  bool exists() const { return budget_ > 0; }
  // Indexes what it begins with, once. add() does it otherwise.
  void prepare();
  // Precondition: exists(); `batch` is greater than any before. `pages` are the joined contents, at most
  // max_batch_pages of them. `needed` is the lowest floor of the batches that the receiver may not have yet.
  Part add(BatchId batch, ByteSpan pages, BatchId needed);
  BatchId floor() const { return first_; }
  // Nobody copies from this batch any more: the receiver does not hold it.
  void drop(BatchId batch);
  // Literals::cost() of all, index apart; at most the budget.
  Bytes held() const { return Bytes(held_); }
  KeptWindow kept() const;
  // What it takes at most beside the literals: the index, the batches by number, and room for a search.
  static std::uint64_t tables_max(Bytes budget, std::size_t batch_pages);

 private:
  struct Anchor {
    std::uint64_t key;
    std::uint32_t place;
  };
  struct Candidate {
    BatchId source;
    std::size_t offset = 0;
  };
  struct Found {
    BatchId source;
    std::size_t offset = 0, begin = 0, length = 0;
  };

  void find_anchors(const std::byte* pages, std::size_t size);
  std::optional<Candidate> look_up(const Anchor& anchor) const;
  std::optional<Found> compare(const Candidate& candidate, std::size_t place, ByteSpan pages, std::size_t done) const;
  void search(ByteSpan pages, std::vector<Match>& matches);
  const Literals* find(BatchId batch) const;
  void make_room(std::size_t size, BatchId needed);
  void index(BatchId batch, const std::vector<Anchor>& anchors);

  std::size_t budget_;
  KeptWindow begins_with_;  // until prepare()
  BatchId begun_with_;  // the last batch of it: contents come in the order in which they did, and a window that made
                        // room for them would drop each just before it is needed
  std::size_t held_ = 0;
  BatchId first_{1}, newest_{0};
  std::deque<Literals> batches_;  // of first_ and those that follow; empty: not held
  // What the receiver holds, Literals::cost() by batch: more than `batches_` while some below first_ may be needed
  // there.
  std::deque<std::pair<BatchId, std::size_t>> at_receiver_;
  std::size_t held_at_receiver_ = 0;
  std::vector<std::uint64_t> table_;
  unsigned table_shift_ = 0;
  std::vector<std::uint32_t> places_;
  std::vector<Anchor> anchors_;
};

}  // namespace dwcp::hde
