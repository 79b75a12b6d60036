// The stateless half of the encoder: from a plan to the bytes of a batch.
#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/hde/codec.hpp"
#include "engine/hde/delta.hpp"
#include "engine/hde/plan.hpp"
#include "engine/hde/sample.hpp"

namespace dwcp::hde {
namespace {

constexpr std::size_t delta_changed_max_uncompressed = 3584;
// Compression must gain this share, or the pages go as they are: 1/32.
constexpr std::size_t gain_shift = 5;
// Of deltas: they are what is left of many pages, so their codec's time hardly counts.
constexpr Codec delta_codec_least = Codec::zstd3;
// Below this a frame's own header eats the gain.
constexpr std::size_t compressed_size_min = 64;

struct Buffer {
  explicit Buffer(std::size_t size) : bytes(std::make_unique_for_overwrite<std::byte[]>(size)), capacity(size) {}
  MutableByteSpan whole() { return {bytes.get(), capacity}; }
  std::unique_ptr<std::byte[]> bytes;
  std::size_t capacity;
};

class Packer {
 public:
  Packer(Plan::Contents& plan, Codec codec) : plan_(plan), codec_(codec) {}

  Encoded run() {
    encode_deltas();
    choose_pages_to_pack();
    compress_deltas();
    compress_pages();
    compress_matches();
    return write();
  }

 private:
  void encode_deltas();
  void choose_pages_to_pack();
  void compress_deltas();
  void compress_pages();
  void compress_matches();
  Slice join_contents() const;
  void count(Encoded& encoded) const;
  void put_raw_pages(std::vector<Slice>& payload) const;
  Encoded write();

  // The compressed bytes; empty when it does not pay.
  ByteSpan squeeze(ByteSpan in, Codec codec);

  Plan::Contents& plan_;
  const Codec codec_;
  BatchHead head_;
  KindCounts counts_;
  DeltaWriter deltas_;
  ByteVector joined_deltas_, matches_;
  Slice whole_;
  std::vector<Buffer> buffers_;
  ByteSpan delta_section_, matches_section_, packed_section_;
  std::size_t delta_input_ = 0;
  platform::WorkList work_;  // of codecs
};

void Packer::encode_deltas() {
  const std::size_t changed_max = codec_ == Codec::none ? delta_changed_max_uncompressed : delta_changed_max;
  for (std::size_t i = 0; i < plan_.records.size(); ++i) {
    if (plan_.records[i].kind != RecordKind::delta) continue;
    const auto& source = plan_.sources[i];
    delta_input_ += page_bytes;
    if (!deltas_.append(source.content, source.base->data(), changed_max, kernels()))
      plan_.records[i].kind = RecordKind::raw;
  }
}

void Packer::choose_pages_to_pack() {
  if (codec_ == Codec::none) return;
  std::vector<std::size_t> full;
  std::vector<const std::byte*> contents;
  for (std::size_t i = 0; i < plan_.records.size(); ++i) {
    if (plan_.records[i].kind != RecordKind::raw) continue;
    full.push_back(i);
    contents.push_back(plan_.sources[i].content);
  }
  const std::vector<bool> worth = worth_compressing(contents);
  for (std::size_t i = 0; i < full.size(); ++i)
    if (worth[i]) plan_.records[full[i]].kind = RecordKind::packed;
}

ByteSpan Packer::squeeze(ByteSpan in, Codec codec) {
  if (codec == Codec::none || in.size() < compressed_size_min) return {};
  Buffer out(in.size() - (in.size() >> gain_shift));
  const auto length = compress(codec, in, out.whole());
  work_.push_back(compress_work(codec, in.size()));
  if (!length) return {};
  buffers_.push_back(std::move(out));
  return buffers_.back().whole().first(*length);
}

void Packer::compress_deltas() {
  if (deltas_.structure().empty()) return;
  joined_deltas_.assign(deltas_.structure().begin(), deltas_.structure().end());
  joined_deltas_.insert(joined_deltas_.end(), deltas_.changed().begin(), deltas_.changed().end());
  head_.delta_size = joined_deltas_.size();
  const Codec codec = codec_ == Codec::none ? codec_ : std::max(codec_, delta_codec_least);
  delta_section_ = squeeze(joined_deltas_, codec);
  if (!delta_section_.empty())
    head_.delta_codec = wire_codec(codec);
  else
    delta_section_ = joined_deltas_;
  head_.delta_stored = delta_section_.size();
}

// The literals and the pages to pack as one stretch of memory; copied only when they are not that already.
Slice Packer::join_contents() const {
  const ByteSpan literals = plan_.window.literals.bytes();
  if (counts_.packed == 0) return {plan_.window.literals.data, literals};
  const std::byte* first = nullptr;
  bool neighbours = literals.empty();
  std::size_t size = 0;
  for (std::size_t i = 0; i < plan_.records.size(); ++i) {
    if (plan_.records[i].kind != RecordKind::packed) continue;
    if (first == nullptr) first = plan_.sources[i].content;
    neighbours = neighbours && plan_.sources[i].content == first + size;
    size += page_bytes;
  }
  if (neighbours) return plan_.input.sub(static_cast<std::size_t>(first - plan_.input.bytes().data()), size);
  const auto room = std::make_shared_for_overwrite<std::byte[]>(literals.size() + size);
  std::byte* to = std::ranges::copy(literals, room.get()).out;
  for (std::size_t i = 0; i < plan_.records.size(); ++i) {
    if (plan_.records[i].kind != RecordKind::packed) continue;
    std::memcpy(to, plan_.sources[i].content, page_bytes);
    to += page_bytes;
  }
  return {room, {room.get(), literals.size() + size}};
}

void Packer::compress_pages() {
  counts_ = count_kinds(plan_.records);
  if (counts_.packed + counts_.windowed == 0) return;
  whole_ = join_contents();
  packed_section_ = squeeze(whole_.bytes(), codec_);
  if (!packed_section_.empty()) {
    head_.packed_codec = wire_codec(codec_);
  } else {
    for (Record& record : plan_.records)
      if (record.kind == RecordKind::packed) record.kind = RecordKind::raw;
    counts_.raw += counts_.packed;
    counts_.packed = 0;
    packed_section_ = plan_.window.literals.bytes();
  }
  head_.packed_stored = packed_section_.size();
}

void Packer::compress_matches() {
  if (counts_.windowed == 0) return;
  matches_ = write_matches(plan_.window.matches, plan_.id);
  WindowHead& window = head_.window.emplace();
  matches_section_ = squeeze(matches_, codec_);
  if (!matches_section_.empty())
    window.matches_codec = wire_codec(codec_);
  else
    matches_section_ = matches_;
  window.matches_size = matches_.size();
  window.matches_stored = matches_section_.size();
  const ByteSpan literals = plan_.window.literals.bytes();
  window.literals = literals.size();
  window.checksum = static_cast<std::uint32_t>(hash64(literals));
  for (const Record& record : plan_.records)
    if (record.kind == RecordKind::windowed) window.pages = join_checksum(window.pages, record.checksum);
  window.held = plan_.window.held;
  window.floor = plan_.window.floor;
}

// Neighbours in the input become one piece: a batch of raw pages is gathered from two pieces, not from hundreds.
void Packer::put_raw_pages(std::vector<Slice>& payload) const {
  const std::byte* const input = plan_.input.bytes().data();
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
  const auto flush = [&] {
    if (begin != end)
      payload.push_back(
          plan_.input.sub(static_cast<std::size_t>(begin - input), static_cast<std::size_t>(end - begin)));
  };
  for (std::size_t i = 0; i < plan_.records.size(); ++i) {
    if (plan_.records[i].kind != RecordKind::raw) continue;
    const std::byte* const content = plan_.sources[i].content;
    if (content != end) {
      flush();
      begin = end = content;
    }
    end += page_bytes;
  }
  flush();
}

void Packer::count(Encoded& encoded) const {
  const auto set = [&](PageClass c, std::size_t pages, std::size_t out) {
    if (pages > 0) encoded.stats[c] = {pages, Bytes(pages * page_bytes), Bytes(out)};
  };
  set(PageClass::zero, counts_.zero, 0);
  set(PageClass::unchanged, counts_.unchanged, 0);
  set(PageClass::delta, counts_.delta, head_.delta_stored);
  const std::size_t packed = counts_.packed + counts_.windowed,
                    packed_out = head_.packed_stored + matches_section_.size();
  set(codec_ == Codec::lz4 ? PageClass::lz4 : PageClass::zstd, packed, packed_out);
  set(PageClass::raw, counts_.raw, counts_.raw * page_bytes);
  for (const Match& match : plan_.window.matches) encoded.stats.matched += Bytes(match.length);
  encoded.whole_in = Bytes((packed + counts_.raw) * page_bytes);
  encoded.whole_out = Bytes(packed_out + counts_.raw * page_bytes);
  encoded.whole = whole_;
  encoded.work = std::move(plan_.work);
  encoded.work.push_back({platform::WorkKind::delta_encode, 0, Bytes(delta_input_)});
  encoded.work.insert(encoded.work.end(), work_.begin(), work_.end());
  std::erase_if(encoded.work, [](const platform::Work& work) { return work.input.value == 0; });
}

Encoded Packer::write() {
  Encoded encoded;
  encoded.id = head_.batch = plan_.id;
  ByteVector bytes =
      write_head(head_, plan_.records, delta_section_.size() + matches_section_.size() + packed_section_.size());
  encoded.stats.overhead = Bytes(bytes.size());
  bytes.insert(bytes.end(), delta_section_.begin(), delta_section_.end());
  bytes.insert(bytes.end(), matches_section_.begin(), matches_section_.end());
  bytes.insert(bytes.end(), packed_section_.begin(), packed_section_.end());
  encoded.payload.push_back(Slice::adopt(std::move(bytes)));
  put_raw_pages(encoded.payload);
  for (const Slice& slice : encoded.payload) encoded.size += Bytes(slice.size());
  count(encoded);
  return encoded;
}

}  // namespace

Encoded Encoder::encode(Plan&& plan, Codec codec) {
  Plan taken = std::move(plan);  // frees the bases at the end, on this thread
  return Packer(taken.contents(), codec).run();
}

}  // namespace dwcp::hde
