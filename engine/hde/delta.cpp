#include "engine/hde/delta.hpp"

#include <bit>
#include <cstring>

#include "engine/hde/varint.hpp"

namespace dwcp::hde {
namespace {

// Next bit of the mask at or after `from` that equals `value`; page_bytes when there is none.
template <bool value>
std::size_t next_bit(const std::uint64_t* mask, std::size_t from) {
  if (from >= page_bytes) return page_bytes;
  std::size_t word = from / 64;
  std::uint64_t bits = (value ? mask[word] : ~mask[word]) & (~std::uint64_t{0} << (from % 64));
  while (bits == 0) {
    if (++word == mask_words) return page_bytes;
    bits = value ? mask[word] : ~mask[word];
  }
  return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
}

}  // namespace

std::size_t DeltaWriter::find_runs(const std::uint64_t* mask) {
  std::size_t count = 0;
  for (std::size_t begin = next_bit<true>(mask, 0); begin < page_bytes;) {
    std::size_t end = next_bit<false>(mask, begin);
    std::size_t next = next_bit<true>(mask, end);
    while (next < page_bytes && next - end < delta_gap_min) {
      end = next_bit<false>(mask, next);
      next = next_bit<true>(mask, end);
    }
    runs_[count++] = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    begin = next;
  }
  return count;
}

bool DeltaWriter::append(const std::byte* content, const std::byte* base, std::size_t changed_max,
                         const Kernels& with) {
  std::uint64_t mask[mask_words];
  if (with.difference(content, base, mask) > changed_max) return false;
  const std::size_t count = find_runs(mask);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < count; ++i) changed += runs_[i].end - runs_[i].begin;
  if (changed > changed_max) return false;

  if (changed_.size() < changed_size_ + page_bytes) changed_.resize(2 * (changed_size_ + page_bytes));
  put_varint(structure_, count);
  std::size_t previous_end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto [begin, end] = runs_[i];
    put_varint(structure_, begin - previous_end);
    put_varint(structure_, end - begin - 1);
    std::memcpy(changed_.data() + changed_size_, content + begin, end - begin);
    changed_size_ += end - begin;
    previous_end = end;
  }
  return true;
}

void DeltaWriter::clear() {
  structure_.clear();
  changed_size_ = 0;
}

bool take_delta(ByteSpan& structures, DeltaExtent& extent) {
  const ByteSpan whole = structures;
  std::uint64_t runs = 0;
  if (!take_varint(structures, runs) || runs > delta_runs_max) return false;
  std::uint64_t end = 0;
  extent.changed = 0;
  for (std::uint64_t i = 0; i < runs; ++i) {
    std::uint64_t gap = 0, length = 0;
    if (!take_varint(structures, gap) || !take_varint(structures, length)) return false;
    if (gap > page_bytes || length >= page_bytes || end + gap + length + 1 > page_bytes) return false;
    end += gap + length + 1;
    extent.changed += length + 1;
  }
  extent.structure = whole.first(whole.size() - structures.size());
  return true;
}

void apply_delta(ByteSpan structure, ByteSpan changed, std::byte* page) {
  std::uint64_t runs = 0;
  take_varint(structure, runs);
  const std::byte* from = changed.data();
  for (std::uint64_t i = 0; i < runs; ++i) {
    std::uint64_t gap = 0, length = 0;
    take_varint(structure, gap);
    take_varint(structure, length);
    page += gap;
    std::memcpy(page, from, length + 1);
    page += length + 1;
    from += length + 1;
  }
}

}  // namespace dwcp::hde
