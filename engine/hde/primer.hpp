// What batches are compressed against: contents of an earlier batch that both sides hold. So the window of the codec
// reaches beyond its own batch, with batches still independent of each other's order: a batch names the primer it
// needs, and the sender names only one that the receiver has acknowledged.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/base/bytes.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

struct Primer {
  BatchId id;        // of the batch whose packed pages these are
  ByteVector bytes;  // their contents, joined: the first primer_max of them; empty: it did not become one
};
using PrimerPtr = std::shared_ptr<const Primer>;

constexpr Bytes primer_max = KiB(512);
// By a receiver. One is in use, and one that is to replace it under way; the third is what a sender may be late with.
constexpr std::size_t primers_held_max = 3;

// What becomes a primer of a batch's packed pages.
ByteSpan primer_of(ByteSpan packed_pages);

// The sender's: which batch becomes a primer, and when another takes its place.
class SentPrimers {
 public:
  // A batch of fewer full pages than `pages_least` does not become one.
  explicit SentPrimers(std::size_t pages_least) : pages_least_(pages_least) {}

  struct Part {
    PrimerPtr against;                // null: nothing
    std::shared_ptr<Primer> becomes;  // where the batch's contents are to be put; null: it becomes none
  };
  // For a batch of `full_pages` pages that have no base. Whoever keeps the batch until it is acknowledged keeps
  // `against` with it: a primer that such a batch needs is not replaced twice.
  Part next(BatchId id, std::size_t full_pages);
  void acknowledged(BatchId id);
  void lost(BatchId id);

 private:
  const std::size_t pages_least_;
  PrimerPtr current_;
  std::weak_ptr<const Primer> previous_;
  std::shared_ptr<Primer> candidate_;
  unsigned used_ = 0;  // batches that the current one has served
};

// The receiver's: the newest primers. Thread-safe.
class HeldPrimers {
 public:
  void hold(BatchId id, ByteSpan packed_pages);
  // Null: it is not held.
  PrimerPtr find(BatchId id) const;

 private:
  mutable std::mutex lock_;
  std::map<BatchId, PrimerPtr> held_;
};

}  // namespace dwcp::hde
