// The receiving side: unpacks batches from foreign bytes, verifies every page, and hands over those that are newer than
// what is already there. Batches may come in any order and more than once.
//
// unpack() (parsing, decompression, checksums) may run on any thread; apply() is quick and stateful. A batch that
// copies from others which are still on their way is unpacked all the same, and completed when they are here.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/digest.hpp"
#include "engine/hde/literals.hpp"
#include "engine/hde/page.hpp"
#include "engine/platform/compute.hpp"

namespace dwcp::hde {

// What it takes in all, tables included: memory_bound.hpp.
struct DecoderConfig {
  History history = History::tracked;
  // Of what batches carried, held for later ones to copy from.
  Bytes window_budget = MiB(256);
};

// Where decoded pages go. Contents stay valid as long as DecodeReport::contents is held, so they may be written later
// without copying; contents of neighbouring pages are often neighbours in memory too.
class PageSink {
 public:
  virtual ~PageSink() = default;
  virtual void page(const PageKey& key, Version version, ByteSpan content) = 0;
  virtual void zero(const PageKey& key, Version version) = 0;
};

// Where the bases of deltas come from: the destination's memory, or a cache (BaseCache).
class BaseSource {
 public:
  virtual ~BaseSource() = default;
  // Copies the newest content that was handed to the sink for `key` to `content` (4096 bytes). False: it is not held.
  virtual bool read(const PageKey& key, MutableByteSpan content) = 0;
};

// For streams without deltas: holds nothing.
class NoBases final : public BaseSource {
 public:
  bool read(const PageKey&, MutableByteSpan) override { return false; }
};

enum class RejectReason : std::uint8_t {
  missing_base,  // the base of a delta, or of "unchanged", or what a page copies from is not held here
  checksum       // the decoded content is not what was sent
};
struct Rejected {
  PageVersion page;
  RejectReason reason = RejectReason::missing_base;
};

struct DecodeReport {
  BatchId batch;
  std::uint64_t applied = 0;     // handed to the sink, or unchanged
  std::uint64_t superseded = 0;  // dropped: the same or a newer version had been applied
  // Not applied: the sender must be asked (Encoder::missing). Never more than the pages of one batch.
  std::vector<Rejected> rejected;
  std::shared_ptr<const void> contents;  // keeps what the sink was given alive
  platform::WorkList work;               // of apply(); of decode(): also of unpack()
};

// A batch that was parsed and decompressed, waiting for apply(). Move-only.
class Unpacked {
 public:
  struct Contents;
  explicit Unpacked(std::unique_ptr<Contents>);
  Unpacked(Unpacked&&) noexcept;
  Unpacked& operator=(Unpacked&&) noexcept;
  ~Unpacked();

  BatchId batch() const;
  std::size_t pages() const;
  // False: it copies from batches that have not come yet (Decoder::complete).
  bool complete() const;
  const platform::WorkList& work() const;
  const Contents& contents() const { return *contents_; }
  Contents& contents() { return *contents_; }

 private:
  std::unique_ptr<Contents> contents_;
};

// All members on one executor at a time, except unpack().
class Decoder {
 public:
  // `window`: as the encoder's.
  explicit Decoder(DecoderConfig config, const KeptWindow& window = {});
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Pages of `block` are taken with indices below `pages`; a block that was not declared is refused. A second call can
  // only widen it. Error: bad_value above max_page_index + 1.
  Result<void> declare_block(std::uint32_t block, std::uint64_t pages);

  // Thread-safe, also beside apply(). `payload` is one whole batch. Errors: bad_encoding (with the place and the
  // value), version_mismatch for a batch format that is not read. Holds what later batches may copy from.
  Result<Unpacked> unpack(Slice payload);
  // All that the batch copies from has been unpacked, or will never be held. Thread-safe.
  bool can_complete(const Unpacked& batch) const;
  // Copies what it can. Thread-safe, one call for one batch at a time. Error: bad_encoding.
  Result<void> complete(Unpacked& batch) const;
  // Errors: bad_encoding when a page lies outside the declared blocks; then nothing was applied. Pages that are not
  // complete, or copy from what is not held, are rejected.
  Result<DecodeReport> apply(Unpacked&& batch, PageSink& sink, BaseSource& bases);
  // Both in one.
  Result<DecodeReport> decode(Slice payload, PageSink& sink, BaseSource& bases);

  Bytes window() const;  // Literals::cost() of what is held for later batches, <= window_budget
  // For a later session, when every batch has been applied.
  KeptWindow kept_window() const;

  // Equals the encoder's when the newest content of every page that it planned has been applied.
  Digest digest() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::hde
