// The sending side: classifies pages against what the receiver is known to hold, and packs them into batches.
//
// Work is in two steps. plan() is quick and stateful; encode() compresses, has no state, and may run on any thread. So
// several batches can be compressed at once while one executor owns the Encoder.
//   plan -> (compute thread) encode -> send payload as one chunk -> receiver applies -> acknowledge
// The encoder's idea of the receiver advances only in acknowledge(): a page with a version under way is never sent as a
// delta, since nobody can know which of the two versions the receiver holds.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/digest.hpp"
#include "engine/hde/literals.hpp"
#include "engine/hde/page.hpp"
#include "engine/platform/compute.hpp"

namespace dwcp::hde {

// What it takes in all, tables included: memory_bound.hpp.
struct EncoderConfig {
  // Contents kept as bases for deltas; 0 turns deltas off.
  Bytes delta_cache_budget = MiB(256);
  // Pages of batches under way, zeroes among them where they were given, held so that a re-request can be served
  // without the guest. Beyond it the oldest batches are released: a re-request of theirs is then answered by "fetch",
  // and their pages do not become bases. So it should exceed what the path holds (rate x RTT) before compression.
  Bytes retention_budget = MiB(256);
  // Batches under way at once; plan() throws beyond it. The wait for acknowledgements belongs before it.
  std::size_t batches_under_way_max = 65536;
  // Contents that the receiver is to hold for later batches to copy from, and nearly as much here; 0: none. At most
  // DecoderConfig::window_budget, or what copies from the oldest is rejected there.
  Bytes window_budget = MiB(256);
  // Content of one batch that missing() makes, at least one page.
  Bytes repair_batch_max = MiB(1);
  History history = History::tracked;
};

// A classified batch on its way to encode(). Move-only. It keeps the input alive.
class Plan {
 public:
  struct Contents;
  explicit Plan(std::unique_ptr<Contents>);
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  BatchId id() const;
  std::size_t pages() const;
  // Content that does not go as a delta.
  Bytes in_full() const;
  // Content that matches were looked for in, and how much of it was found.
  Bytes searched() const;
  Bytes matched() const;
  Contents& contents() { return *contents_; }

 private:
  std::unique_ptr<Contents> contents_;
};

// A batch ready to be sent.
struct Encoded {
  BatchId id;
  // To be sent one after the other as one chunk. Raw pages refer to the input that was given to plan().
  std::vector<Slice> payload;
  Bytes size{0};  // of the payload
  ClassStats stats;
  // Pages that went without a base, and what they became, also those that the codec left as they are: for
  // CodecChooser::observe_codec (less `stats.matched`, which the codec did not see). Zero when there were none.
  Bytes whole_in{0}, whole_out{0};
  // What the codec was given of these, for CodecChooser::trial(); empty when it was given nothing.
  Slice whole;
  platform::WorkList work;  // of plan() and encode() together, but for the search (Plan::searched)
};

// What becomes of pages that the receiver could not decode.
struct Repair {
  std::vector<Plan> plans;     // these batches carry them in full
  std::vector<PageKey> fetch;  // their content is gone here: the newest must be read from the guest, with a new version
  // Superseded by a version that is under way, never sent by this encoder, or named before: nothing is done about them.
  std::vector<PageVersion> ignored;
};

// All members on one executor at a time, except encode().
class Encoder {
 public:
  // `window` is what the receiver holds already: Decoder::kept_window() or Encoder::kept_window() of an earlier session
  // of the same two ends, less what the other end does not have.
  explicit Encoder(EncoderConfig config, KeptWindow window = {});
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Makes what the encoder began with searchable: some 0.5 ns a byte. The first plan() does it otherwise, and then its
  // time says little of the next ones.
  void prepare_window();
  // Classifies `pages` (1..max_batch_pages) whose contents lie within `input`. Compression pays with 16 pages or more.
  // Throws Error(bad_value) when a page breaks what PageIn demands; the batch's earlier pages then count as planned.
  // Throws Error(out_of_budget) with batches_under_way_max batches under way; nothing has changed then.
  // `windowed`: what earlier batches carried is copied from there instead of being sent again (docs/hde-format.md).
  // That gives fewer bytes, and plan() takes longer, 1 ns a byte or so: it is for paths that are slower than that. The
  // receiver completes such a batch only when it has those that it copies from: batches go out in the order of plan().
  // With History::tracked only.
  Plan plan(Slice input, std::span<const PageIn> pages, bool windowed = false);
  // Thread-safe. Whole pages are compressed with `codec` where a sample of them says that it pays.
  static Encoded encode(Plan&& plan, Codec codec);

  // The receiver has applied the batch, but for pages that missing() was told of before. Unknown batches are ignored:
  // acknowledgements may come twice or late.
  void acknowledge(BatchId batch);
  // The batch is lost for good: whatever copies from it will never be complete, and is to be applied as it is. Returns
  // the pages whose newest content it carried; they must be sent again with a new version. With History::once it knows
  // a batch only while its input is retained.
  std::vector<PageKey> forget(BatchId batch);
  // The receiver has rejected these pages (DecodeReport::rejected). Call it before acknowledge() of the same batch.
  Repair missing(std::span<const PageVersion> pages);

  // Over the newest contents of all pages planned so far.
  Digest digest() const;

  Bytes cached() const;    // contents held as bases, <= delta_cache_budget
  Bytes retained() const;  // for batches under way, <= retention_budget
  Bytes window() const;    // Literals::cost() of what is held to copy from, <= window_budget
  // For a later session, when all batches are acknowledged.
  KeptWindow kept_window() const;
  std::size_t batches_under_way() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::hde
