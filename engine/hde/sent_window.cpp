#include "engine/hde/sent_window.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "engine/hde/kernels.hpp"

namespace dwcp::hde {
namespace {

// An entry of the table: 24 bits of the key, 18 of the batch's number, 22 of the offset. Entries may be out of date or
// of another key: what they point to is compared.
constexpr unsigned offset_bits = 22, batch_bits = 18, tag_bits = 24;
static_assert(max_batch_pages * 4096 <= std::size_t{1} << offset_bits);
constexpr std::uint64_t mask(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }

// From the oldest batch that is held to the newest one.
std::uint64_t batches_apart_max(std::size_t budget) { return window_batches_max(Bytes(budget), mask(batch_bits)); }

std::size_t index_entries(std::size_t budget) {
  return std::bit_ceil(std::max<std::size_t>(budget / anchor_distance, 1024));
}

// A match costs some five bytes, and cuts the literals in two, which the codec pays for.
constexpr std::size_t worthwhile_length = 48;
static_assert(worthwhile_length >= match_length_min);
// The part of the budget that is searched; the rest is for what cannot be dropped yet, since batches under way need it.
constexpr std::size_t searched_quarters = 3;

// Of the `anchor_key_bytes` at an anchor.
std::uint64_t key_of(const std::byte* at) {
  std::uint64_t word[4];
  static_assert(sizeof word == anchor_key_bytes);
  std::memcpy(word, at, sizeof word);
  std::uint64_t key = word[0] * 0x9e3779b97f4a7c15;
  key = (std::rotl(key, 29) ^ word[1]) * 0xc2b2ae3d27d4eb4f;
  key = (std::rotl(key, 31) ^ word[2]) * 0x9e3779b185ebca87;
  key = (std::rotl(key, 30) ^ word[3]) * 0x165667b19e3779f9;
  return key ^ key >> 32;
}

std::size_t equal_after(const std::byte* a, const std::byte* b, std::size_t most) {
  std::size_t count = 0;
  for (; count + 8 <= most; count += 8)
    if (const std::uint64_t unlike = load_le<std::uint64_t>(a + count) ^ load_le<std::uint64_t>(b + count); unlike != 0)
      return count + static_cast<std::size_t>(std::countr_zero(unlike)) / 8;
  while (count < most && a[count] == b[count]) ++count;
  return count;
}

std::size_t equal_before(const std::byte* a, const std::byte* b, std::size_t most) {
  std::size_t count = 0;
  for (; count + 8 <= most; count += 8)
    if (const std::uint64_t unlike = load_le<std::uint64_t>(a - count - 8) ^ load_le<std::uint64_t>(b - count - 8);
        unlike != 0)
      return count + static_cast<std::size_t>(std::countl_zero(unlike)) / 8;
  while (count < most && *(a - count - 1) == *(b - count - 1)) ++count;
  return count;
}

}  // namespace

SentWindow::SentWindow(Bytes budget, KeptWindow begins_with)
    : budget_(budget.value),
      begins_with_(std::move(begins_with)),
      begun_with_(begins_with_.last),
      newest_(begins_with_.last) {
  auto& batches = begins_with_.batches;
  std::size_t size = begins_with_.size().value, left_out = 0;
  // Numbers that are far apart are for a peer to choose: what an entry of the table cannot name is left out, too.
  const auto is_too_old = [this](BatchId id) { return newest_.value - id.value >= batches_apart_max(budget_); };
  for (; left_out < batches.size() && (size > budget_ / 4 * searched_quarters || is_too_old(batches[left_out].id));
       ++left_out)
    size -= batches[left_out].literals.cost();
  batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(left_out));
  first_ = batches.empty() ? newest_ + BatchId(1) : batches.front().id;
  for (const KeptWindow::Batch& batch : batches) {
    while (first_.value + batches_.size() < batch.id.value) batches_.emplace_back();
    batches_.push_back(batch.literals);
    held_ += batch.literals.cost();
    held_at_receiver_ += batch.literals.cost();
    at_receiver_.emplace_back(batch.id, batch.literals.cost());
  }
}

std::uint64_t SentWindow::tables_max(Bytes budget, std::size_t batch_pages) {
  const std::uint64_t batch = batch_pages * 4096;
  // A deque's block has a place in a list, that grows twofold. `anchors_`, which are found anew for every batch, too.
  const std::uint64_t by_number = (batches_apart_max(budget.value) + 2) * (sizeof(Literals) + 2);
  const std::uint64_t places = batch / anchor_gap_min * sizeof(std::uint32_t);
  const std::uint64_t anchors = 2 * batch / anchor_gap_min * sizeof(Anchor);
  return index_entries(budget.value) * sizeof(std::uint64_t) + by_number + places + anchors + 1024;
}

KeptWindow SentWindow::kept() const {
  KeptWindow window{{}, newest_};
  BatchId id = first_;
  for (const Literals& literals : batches_) {
    if (literals.size > 0) window.batches.push_back({id, literals});
    ++id;
  }
  return window;
}

void SentWindow::prepare() {
  if (!exists() || !table_.empty()) return;
  const std::size_t entries = index_entries(budget_);
  table_.resize(entries);
  table_shift_ = 64 - static_cast<unsigned>(std::countr_zero(entries));
  for (const KeptWindow::Batch& batch : begins_with_.batches) {
    find_anchors(batch.literals.data.get(), batch.literals.size);
    index(batch.id, anchors_);
  }
  begins_with_ = {};
}

const Literals* SentWindow::find(BatchId batch) const {
  if (batch < first_ || batch.value - first_.value >= batches_.size()) return nullptr;
  const Literals& literals = batches_[batch.value - first_.value];
  return literals.size > 0 ? &literals : nullptr;
}

void SentWindow::drop(BatchId batch) {
  if (find(batch) == nullptr) return;
  Literals& literals = batches_[batch.value - first_.value];
  held_ -= literals.cost();
  literals = {};
}

// The table lies far away in memory: what will be looked up is asked for before the first of it is needed.
void SentWindow::find_anchors(const std::byte* pages, std::size_t size) {
  places_.resize(size / anchor_gap_min + 1);
  const std::size_t count = kernels().anchors(pages, size, places_.data());
  anchors_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    anchors_[i] = {key_of(pages + places_[i]), places_[i]};
    __builtin_prefetch(&table_[anchors_[i].key >> table_shift_]);
  }
}

// What the table names as equal from here on: behind `offset` bytes of the literals of `source`. It may not be.
std::optional<SentWindow::Candidate> SentWindow::look_up(const Anchor& anchor) const {
  const std::uint64_t entry = table_[anchor.key >> table_shift_];
  if (entry == 0 || (entry >> (batch_bits + offset_bits)) != (anchor.key & mask(tag_bits))) return std::nullopt;
  const std::uint64_t back = (newest_.value - (entry >> offset_bits)) & mask(batch_bits);
  if (back > newest_.value) return std::nullopt;
  const Candidate candidate{newest_ - BatchId(back), entry & mask(offset_bits)};
  const Literals* const literals = find(candidate.source);
  if (literals == nullptr || candidate.offset >= literals->size) return std::nullopt;
  // Compared a little later, when it has come from far away, too.
  __builtin_prefetch(literals->data.get() + candidate.offset);
  return candidate;
}

// A match begins at `done` or later.
std::optional<SentWindow::Found> SentWindow::compare(const Candidate& candidate, std::size_t place, ByteSpan pages,
                                                     std::size_t done) const {
  const Literals& literals = *find(candidate.source);
  const std::byte* const there = literals.data.get() + candidate.offset;
  const std::byte* const here = pages.data() + place;
  const std::size_t after = equal_after(there, here, std::min(pages.size() - place, literals.size - candidate.offset));
  const std::size_t before = equal_before(there, here, std::min(place - done, candidate.offset));
  if (before + after < worthwhile_length) return std::nullopt;
  return Found{candidate.source, candidate.offset - before, place - before, before + after};
}

void SentWindow::make_room(std::size_t size, BatchId needed) {
  const auto has_to_go = [&] {
    if (newest_.value - first_.value >= batches_apart_max(budget_)) return true;
    return first_ > begun_with_ && held_ + size > budget_ / 4 * searched_quarters;
  };
  while (!batches_.empty() && has_to_go()) {
    if (batches_.front().size > 0) held_ -= batches_.front().cost();
    batches_.pop_front();
    ++first_;
  }
  if (batches_.empty()) first_ = newest_ + BatchId(1);
  const BatchId kept_there = std::min(first_, needed);
  while (!at_receiver_.empty() && at_receiver_.front().first < kept_there) {
    held_at_receiver_ -= at_receiver_.front().second;
    at_receiver_.pop_front();
  }
}

// The matches, and the anchors that lie in what they leave, at their places within it.
void SentWindow::search(ByteSpan pages, std::vector<Match>& matches) {
  find_anchors(pages.data(), pages.size());
  std::size_t done = 0, literals = 0;    // up to `done` there are so many
  std::size_t first_open = 0, kept = 0;  // anchors between them lie behind `done`
  const auto place_anchors = [&](std::size_t until) {
    std::size_t placed = first_open;
    for (std::size_t i = first_open; i < kept; ++i)
      if (anchors_[i].place + anchor_key_bytes <= until)
        anchors_[placed++] = {anchors_[i].key, static_cast<std::uint32_t>(anchors_[i].place - done + literals)};
    first_open = kept = placed;
  };
  constexpr std::size_t ahead = 8;
  std::array<std::optional<Candidate>, ahead> coming;
  for (std::size_t i = 0; i < std::min(ahead, anchors_.size()); ++i) coming[i] = look_up(anchors_[i]);
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    const Anchor anchor = anchors_[i];
    const std::optional<Candidate> candidate = coming[i % ahead];
    if (i + ahead < anchors_.size()) coming[i % ahead] = look_up(anchors_[i + ahead]);
    if (anchor.place < done) continue;
    const auto found = candidate ? compare(*candidate, anchor.place, pages, done) : std::nullopt;
    if (!found) {
      anchors_[kept++] = anchor;
      continue;
    }
    place_anchors(found->begin);
    matches.push_back({static_cast<std::uint32_t>(found->begin - done), static_cast<std::uint32_t>(found->length),
                       static_cast<std::uint32_t>(found->offset), found->source});
    literals += found->begin - done;
    done = found->begin + found->length;
  }
  place_anchors(pages.size());
  anchors_.resize(kept);
}

SentWindow::Part SentWindow::add(BatchId batch, ByteSpan pages, BatchId needed) {
  prepare();
  make_room(pages.size() + literals_overhead, needed);

  Part part;
  part.floor = std::min(first_, needed);
  search(pages, part.matches);
  std::size_t literals = pages.size();
  for (const Match& match : part.matches) literals -= match.length;
  auto own = std::make_unique_for_overwrite<std::byte[]>(literals);
  const std::byte* from = pages.data();
  std::byte* to = own.get();
  for (const Match& match : part.matches) {
    to = std::copy_n(from, match.literals, to);
    from += match.literals + match.length;
  }
  std::copy(from, pages.data() + pages.size(), to);

  part.literals = {std::shared_ptr<const std::byte[]>(std::move(own)), literals};
  const std::size_t cost = part.literals.cost();
  part.held = literals > 0 && held_at_receiver_ + cost <= budget_ &&
              (first_ > begun_with_ || held_ + cost <= budget_ / 4 * searched_quarters);
  if (part.held) index(batch, anchors_);
  while (first_.value + batches_.size() < batch.value) batches_.emplace_back();
  batches_.push_back(part.held ? part.literals : Literals{});
  newest_ = batch;
  if (part.held) {
    held_ += cost;
    at_receiver_.emplace_back(batch, cost);
    held_at_receiver_ += cost;
  }
  return part;
}

void SentWindow::index(BatchId batch, const std::vector<Anchor>& anchors) {
  for (const Anchor& anchor : anchors)
    table_[anchor.key >> table_shift_] = (anchor.key & mask(tag_bits)) << (batch_bits + offset_bits) |
                                         (batch.value & mask(batch_bits)) << offset_bits | anchor.place;
}

}  // namespace dwcp::hde
