// The stateless half of the decoder: from foreign bytes to pages and deltas in memory.
#include <algorithm>
#include <string>

#include "engine/hde/codec.hpp"
#include "engine/hde/encoder_state.hpp"
#include "engine/hde/unpacked.hpp"

namespace dwcp::hde {
namespace {

Failure bad(const std::string& what) { return {Errc::bad_encoding, "page batch: " + what}; }

class Unpacker {
 public:
  Unpacker(ParsedHead parsed, Slice payload, HeldPrimers& primers) : parsed_(std::move(parsed)), primers_(primers) {
    to_.batch = parsed_.head.batch;
    to_.records = std::move(parsed_.records);
    to_.contents.resize(to_.records.size());
    to_.storage = std::make_shared<Unpacked::Contents::Storage>();
    to_.storage->payload = std::move(payload);
  }

  Result<Unpacked> run() {
    // parse_head() has checked that the sections are exactly as long as these take.
    const ByteSpan deltas = parsed_.sections.first(parsed_.head.delta_stored);
    const ByteSpan packed = parsed_.sections.subspan(parsed_.head.delta_stored, parsed_.head.packed_stored);
    if (auto done = unpack_deltas(deltas); !done) return done.error();
    if (auto done = unpack_pages(packed); !done) return done.error();
    place_pages(RecordKind::raw, parsed_.sections.data() + deltas.size() + packed.size());
    return Unpacked(std::make_unique<Unpacked::Contents>(std::move(to_)));
  }

 private:
  Result<void> unpack_deltas(ByteSpan stored);
  Result<void> unpack_pages(ByteSpan stored);
  bool packed_as_sent() const;
  void place_pages(RecordKind kind, const std::byte* from);

  ParsedHead parsed_;
  HeldPrimers& primers_;
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
    return bad("the deltas do not decompress to " + std::to_string(size) + " bytes");
  to_.work.push_back(decompress_work(parsed_.head.delta_codec, size));

  ByteSpan structures(storage.deltas.get(), size);
  std::byte* room = storage.delta_pages.get();
  std::size_t changed = 0;
  for (std::size_t i = 0; i < to_.records.size(); ++i) {
    if (to_.records[i].kind != RecordKind::delta) continue;
    if (!take_delta(structures, to_.contents[i].delta))
      return bad("the delta of page " + std::to_string(i) + " of the batch does not fit a page");
    changed += to_.contents[i].delta.changed;
    to_.contents[i].room = room;
    room += page_bytes;
  }
  // What the structures left are the changed bytes of all pages.
  if (structures.size() != changed)
    return bad(std::to_string(structures.size()) + " changed bytes, the deltas say " + std::to_string(changed));
  const std::byte* next = structures.data();
  for (auto& content : to_.contents) {
    if (content.room == nullptr) continue;
    content.changed = next;
    next += content.delta.changed;
  }
  return {};
}

Result<void> Unpacker::unpack_pages(ByteSpan stored) {
  if (parsed_.counts.packed == 0) return {};
  const std::size_t size = parsed_.counts.packed * page_bytes;
  auto& storage = *to_.storage;
  storage.packed = std::make_unique_for_overwrite<std::byte[]>(size);
  const MutableByteSpan pages(storage.packed.get(), size);
  const PrimerPtr primer = parsed_.head.primer ? primers_.find(*parsed_.head.primer) : nullptr;
  if (parsed_.head.primer && !primer) return {};  // apply() finds no content
  if (!decompress(parsed_.head.packed_codec, stored, pages, primer ? ByteSpan(primer->bytes) : ByteSpan()))
    return bad("the pages do not decompress to " + std::to_string(size) + " bytes");
  to_.work.push_back(decompress_work(parsed_.head.packed_codec, size));
  place_pages(RecordKind::packed, storage.packed.get());
  if (parsed_.head.becomes_primer && packed_as_sent()) primers_.hold(parsed_.head.batch, pages);
  return {};
}

// What was damaged would spoil each batch that is compressed against it.
bool Unpacker::packed_as_sent() const {
  for (std::size_t i = 0; i < to_.records.size(); ++i)
    if (to_.records[i].kind == RecordKind::packed && checksum_of(to_.contents[i].hash) != to_.records[i].checksum)
      return false;
  return true;
}

void Unpacker::place_pages(RecordKind kind, const std::byte* from) {
  std::size_t hashed = 0;
  for (std::size_t i = 0; i < to_.records.size(); ++i) {
    if (to_.records[i].kind != kind) continue;
    to_.contents[i].bytes = from;
    to_.contents[i].hash = kernels().hash(from);
    from += page_bytes;
    hashed += page_bytes;
  }
  if (hashed > 0) to_.work.push_back({platform::WorkKind::hash, 0, Bytes(hashed)});
}

}  // namespace

Result<Unpacked> unpack_batch(Slice payload, HeldPrimers& primers) {
  auto parsed = parse_head(payload.bytes());
  if (!parsed) return parsed.error();
  return Unpacker(std::move(*parsed), std::move(payload), primers).run();
}

Unpacked::Unpacked(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
Unpacked::Unpacked(Unpacked&&) noexcept = default;
Unpacked& Unpacked::operator=(Unpacked&&) noexcept = default;
Unpacked::~Unpacked() = default;
BatchId Unpacked::batch() const { return contents_->batch; }
std::size_t Unpacked::pages() const { return contents_->records.size(); }
const platform::WorkList& Unpacked::work() const { return contents_->work; }

}  // namespace dwcp::hde
