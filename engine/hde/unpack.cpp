// The stateless half of the decoder: from foreign bytes to pages and deltas in memory.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "engine/hde/codec.hpp"
#include "engine/hde/encoder_state.hpp"
#include "engine/hde/unpacked.hpp"

namespace dwcp::hde {
namespace {

void place_pages(Unpacked::Contents& batch, RecordKind kind, const std::byte* from) {
  std::size_t hashed = 0;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    if (batch.records[i].kind != kind) continue;
    batch.contents[i].bytes = from;
    batch.contents[i].hash = kernels().hash(from);
    from += page_bytes;
    hashed += page_bytes;
  }
  if (hashed > 0) batch.work.push_back({platform::WorkKind::hash, 0, Bytes(hashed)});
}

std::uint32_t windowed_checksum(const Unpacked::Contents& batch) {
  std::uint32_t joined = 0;
  for (std::size_t i = 0; i < batch.records.size(); ++i)
    if (batch.records[i].kind == RecordKind::windowed)
      joined = join_checksum(joined, checksum_of(batch.contents[i].hash));
  return joined;
}

class Unpacker {
 public:
  Unpacker(ParsedHead parsed, Slice payload, HeldWindow& window) : parsed_(std::move(parsed)), window_(window) {
    to_.batch = parsed_.head.batch;
    to_.records = std::move(parsed_.records);
    to_.contents.resize(to_.records.size());
    to_.storage = std::make_shared<Unpacked::Contents::Storage>();
    to_.storage->payload = std::move(payload);
  }

  Result<Unpacked> run() {
    window_.came(to_.batch);
    // parse_head() has checked that the sections are exactly as long as these take.
    const ByteSpan deltas = parsed_.sections.first(parsed_.head.delta_stored);
    ByteSpan rest = parsed_.sections.subspan(deltas.size());
    const ByteSpan matches = rest.first(parsed_.head.window ? parsed_.head.window->matches_stored : 0);
    rest = rest.subspan(matches.size());
    if (auto done = unpack_deltas(deltas); !done) return done.error();
    if (auto done = unpack_pages(rest.first(parsed_.head.packed_stored)); !done) return done.error();
    if (auto done = unpack_matches(matches); !done) return done.error();
    place_pages(to_, RecordKind::raw, rest.data() + parsed_.head.packed_stored);
    return Unpacked(std::make_unique<Unpacked::Contents>(std::move(to_)));
  }

 private:
  Result<void> unpack_deltas(ByteSpan stored);
  Result<void> unpack_pages(ByteSpan stored);
  Result<void> unpack_matches(ByteSpan stored);
  Literals literals_alone() const;

  ParsedHead parsed_;
  HeldWindow& window_;
  Unpacked::Contents to_;
};

Result<void> Unpacker::unpack_deltas(ByteSpan stored) {
  const std::size_t count = parsed_.counts.delta;
  if (count == 0) return {};
  const std::size_t size = parsed_.head.delta_size;
  auto& storage = *to_.storage;
  storage.deltas = std::make_unique_for_overwrite<std::byte[]>(size);
  storage.delta_pages = std::make_unique_for_overwrite<std::byte[]>(count * page_bytes);
  if (!decompress(parsed_.head.delta_codec, stored, {storage.deltas.get(), size}))
    return bad_batch("the deltas do not decompress to " + std::to_string(size) + " bytes");
  to_.work.push_back(decompress_work(parsed_.head.delta_codec, size));

  ByteSpan structures(storage.deltas.get(), size);
  std::byte* room = storage.delta_pages.get();
  std::size_t changed = 0;
  for (std::size_t i = 0; i < to_.records.size(); ++i) {
    if (to_.records[i].kind != RecordKind::delta) continue;
    if (!take_delta(structures, to_.contents[i].delta))
      return bad_batch("the delta of page " + std::to_string(i) + " of the batch does not fit a page");
    changed += to_.contents[i].delta.changed;
    to_.contents[i].room = room;
    room += page_bytes;
  }
  // What the structures left are the changed bytes of all pages.
  if (structures.size() != changed)
    return bad_batch(std::to_string(structures.size()) + " changed bytes, the deltas say " + std::to_string(changed));
  const std::byte* next = structures.data();
  for (auto& content : to_.contents) {
    if (content.room == nullptr) continue;
    content.changed = next;
    next += content.delta.changed;
  }
  return {};
}

Result<void> Unpacker::unpack_pages(ByteSpan stored) {
  const std::size_t literals = parsed_.head.window ? parsed_.head.window->literals : 0;
  const std::size_t size = literals + parsed_.counts.packed * page_bytes;
  if (size == 0) return {};
  std::shared_ptr<std::byte[]>& packed = to_.storage->packed;
  packed = std::make_shared_for_overwrite<std::byte[]>(size);
  if (!decompress(parsed_.head.packed_codec, stored, {packed.get(), size}))
    return bad_batch("the pages do not decompress to " + std::to_string(size) + " bytes");
  to_.work.push_back(decompress_work(parsed_.head.packed_codec, size));
  place_pages(to_, RecordKind::packed, packed.get() + literals);
  return {};
}

// Packed pages beside them would stay in memory as long as the window, and count for nothing there. Our encoder does
// not send such batches.
Literals Unpacker::literals_alone() const {
  const std::size_t size = to_.literals.size();
  if (parsed_.counts.packed == 0) return {to_.storage->packed, size};
  const auto own = std::make_shared_for_overwrite<std::byte[]>(size);
  std::memcpy(own.get(), to_.literals.data(), size);
  return {own, size};
}

Result<void> Unpacker::unpack_matches(ByteSpan stored) {
  if (!parsed_.head.window) return {};
  const WindowHead& window = *parsed_.head.window;
  ByteVector list(window.matches_size);
  if (!decompress(window.matches_codec, stored, list))
    return bad_batch("the matches do not decompress to " + std::to_string(list.size()) + " bytes");
  to_.windowed = parsed_.counts.windowed;
  auto matches = read_matches(list, to_.batch, window.literals, to_.windowed * page_bytes);
  if (!matches) return matches.error();
  to_.matches = std::move(*matches);
  to_.literals = {to_.storage->packed.get(), window.literals};
  to_.windowed_checksum = window.pages;
  to_.complete = false;
  // Later batches wait for these literals only, not for the pages: their order does not make one wait for the other.
  // What was damaged would spoil each batch that copies from it.
  if (window.held && window.literals > 0 && static_cast<std::uint32_t>(hash64(to_.literals)) == window.checksum)
    window_.hold(to_.batch, literals_alone());
  else
    window_.hold_nothing(to_.batch);
  window_.drop_below(window.floor);
  if (can_complete(to_, window_)) return complete_batch(to_, window_);
  return {};
}

}  // namespace

bool can_complete(const Unpacked::Contents& batch, const HeldWindow& window) {
  Literals literals;
  BatchId last;
  for (const Match& match : batch.matches) {
    if (std::exchange(last, match.source) == match.source) continue;
    if (window.find(match.source, literals) == HeldWindow::Presence::awaited) return false;
  }
  return true;
}

// Where something is not held the pages stay without content, and apply() rejects them.
Result<void> complete_batch(Unpacked::Contents& batch, const HeldWindow& window) {
  if (batch.complete) return {};
  batch.complete = true;
  const std::size_t size = batch.windowed * page_bytes;
  auto pages = std::make_unique_for_overwrite<std::byte[]>(size);
  std::byte* to = pages.get();
  const std::byte* own = batch.literals.data();
  const auto copy = [&to](const std::byte* from, std::size_t length) {
    std::memcpy(to, from, length);
    to += length;
  };
  Literals source;
  BatchId source_id;
  for (const Match& match : batch.matches) {
    if (match.literals > 0) copy(own, match.literals);
    own += match.literals;
    if (source.size == 0 || source_id != match.source) {
      if (window.find(match.source, source) != HeldWindow::Presence::held) return {};
      source_id = match.source;
    }
    if (match.offset > source.size || match.length > source.size - match.offset)
      return bad_batch("a match of " + std::to_string(match.length) + " bytes at " + std::to_string(match.offset) +
                       " of batch " + std::to_string(match.source.value) + ", which carried " +
                       std::to_string(source.size));
    copy(source.data.get() + match.offset, match.length);
  }
  const auto rest = static_cast<std::size_t>(pages.get() + size - to);
  if (rest > 0) copy(own, rest);
  place_pages(batch, RecordKind::windowed, pages.get());
  batch.windowed_wrong = windowed_checksum(batch) != batch.windowed_checksum;
  batch.work.push_back({platform::WorkKind::copy, 0, Bytes(size)});
  batch.storage->windowed = std::move(pages);
  return {};
}

Result<Unpacked> unpack_batch(Slice payload, HeldWindow& window) {
  auto parsed = parse_head(payload.bytes());
  if (!parsed) return parsed.error();
  return Unpacker(std::move(*parsed), std::move(payload), window).run();
}

Unpacked::Unpacked(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
Unpacked::Unpacked(Unpacked&&) noexcept = default;
Unpacked& Unpacked::operator=(Unpacked&&) noexcept = default;
Unpacked::~Unpacked() = default;
BatchId Unpacked::batch() const { return contents_->batch; }
std::size_t Unpacked::pages() const { return contents_->records.size(); }
bool Unpacked::complete() const { return contents_->complete; }
const platform::WorkList& Unpacked::work() const { return contents_->work; }

}  // namespace dwcp::hde
