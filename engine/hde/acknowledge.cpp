// What the encoder learns from the receiver: batches that were applied, lost, or partly rejected.
#include <algorithm>
#include <cstring>
#include <set>

#include "engine/hde/encoder_state.hpp"

namespace dwcp::hde {
namespace {

using Link = SentState::Link;
}  // namespace

bool Encoder::State::is_under_way_in(const SentState& state, BatchId id, const PageVersion& page) const {
  return state.link() == Link::under_way && state.place() == (id.value & SentState::place_mask) &&
         state.version == page.version.value;
}

void Encoder::State::acknowledge(BatchId id) {
  std::optional<SentBatch> batch = under_way_.remove(id);
  if (!batch || !tracked()) return;
  for (SentPage& page : batch->pages) {
    // A newer version under way, or a repair, has taken the page over: only its acknowledgement counts.
    if (is_under_way_in(table_.at(page.page.key), id, page.page)) settle(page);
  }
}

void Encoder::State::settle(SentPage& page) {
  SentState& state = table_.at(page.page.key);
  state.set_link(Link::held);
  if (page.zero || !cache_.admits(page.worth)) return;
  if (page.kept)
    to_cache(state, page.page.key, std::move(page.kept), page.worth);
  else if (page.content != nullptr)
    to_cache(state, page.page.key, copy_page(page.content), page.worth);
}

void Encoder::State::to_cache(SentState& state, const PageKey& key, PageBufferPtr content, PageWorth worth) {
  std::optional<PageKey> evicted;
  const PageCache::Slot slot = cache_.insert(key, std::move(content), worth, evicted);
  if (evicted) table_.at(*evicted).set_link(Link::held);
  state.set_link(Link::cached, slot);
}

std::vector<PageKey> Encoder::State::forget(BatchId id) {
  std::vector<PageKey> lost;
  const std::optional<SentBatch> batch = under_way_.remove(id);
  if (!batch) return lost;
  window_.drop(id);
  for (const SentPage& page : batch->pages) {
    if (tracked()) {
      SentState& state = table_.at(page.page.key);
      if (!is_under_way_in(state, id, page.page)) continue;
      state.set_link(Link::unknown);
    }
    lost.push_back(page.page.key);
  }
  return lost;
}

// The state names a batch by the last 30 bits of its number. It is the newest with these: far fewer are under way.
BatchId Encoder::State::batch_of(const SentState& state) const {
  return last_id_ - BatchId((last_id_.value - state.place()) & SentState::place_mask);
}

// Looks for the content of a page that is to be sent again, and fills `again`. False: it is not held any more.
bool Encoder::State::find_content(const PageVersion& page, Again& again) {
  again.page = page;
  const SentPage* sent = nullptr;
  if (!tracked()) {
    sent = under_way_.find_page(page);
    if (sent != nullptr && sent->content != nullptr) again.hash = kernels().hash(sent->content);
  } else {
    SentState& state = table_.at(page.key);
    again.hash = state.hash;
    if (state.hash == zero_page_hash()) return true;
    if (state.link() == Link::cached) {
      again.content = cache_.take(state.place());
      return true;
    }
    if (state.link() != Link::under_way) return false;
    window_.drop(batch_of(state));  // of which something is wrong there
    if (SentBatch* const batch = under_way_.find(batch_of(state)); batch != nullptr) {
      const auto found = std::ranges::find(batch->pages, page, &SentPage::page);
      if (found != batch->pages.end()) sent = &*found;
    }
  }
  if (sent == nullptr) return false;
  if (sent->zero) return true;
  if (sent->content == nullptr) return false;
  again.content = copy_page(sent->content);
  return true;
}

Repair Encoder::State::missing(std::span<const PageVersion> pages) {
  Repair repair;
  std::vector<Again> found;
  std::set<PageVersion> looked_at;  // a page that is named twice must not be taken from the cache twice
  for (const PageVersion& page : pages) {
    if (!looked_at.insert(page).second) {
      repair.ignored.push_back(page);
      continue;
    }
    if (tracked()) {
      const SentState* const state = table_.find(page.key);
      if (state == nullptr || state->version == 0 || state->version != page.version.value) {
        repair.ignored.push_back(page);
        continue;
      }
    }
    Again again;
    if (find_content(page, again)) {
      found.push_back(std::move(again));
    } else {
      if (tracked()) table_.at(page.key).set_link(Link::unknown);
      repair.fetch.push_back(page.key);
    }
  }
  const std::size_t repair_pages =
      std::clamp<std::size_t>(config_.repair_batch_max.value / page_bytes, 1, max_batch_pages);
  for (std::size_t i = 0; i < found.size(); i += repair_pages)
    repair.plans.push_back(plan_again(std::span(found).subspan(i, std::min(repair_pages, found.size() - i))));
  return repair;
}

Plan Encoder::State::plan_again(std::span<Again> pages) {
  auto contents = std::make_unique<Plan::Contents>();
  contents->id = ++last_id_;
  ByteVector copies;
  copies.reserve(pages.size() * page_bytes);
  for (const Again& again : pages)
    if (again.content) copies.insert(copies.end(), again.content->begin(), again.content->end());
  contents->input = Slice::adopt(std::move(copies));

  SentBatch batch;
  batch.input = contents->input;
  batch.pages.reserve(pages.size());
  contents->records.reserve(pages.size());
  contents->sources.reserve(pages.size());
  const std::byte* next = contents->input.bytes().data();
  for (const Again& again : pages) {
    Record record;
    record.key = again.page.key;
    record.version = static_cast<std::uint32_t>(again.page.version.value);
    record.kind = again.content ? RecordKind::raw : RecordKind::zero;
    record.checksum = checksum_of(again.hash);
    SentPage sent;
    sent.page = again.page;
    sent.worth = PageWorth::sent_again;
    sent.zero = !again.content;
    sent.given = !sent.zero;
    sent.content = again.content ? next : nullptr;
    if (again.content) next += page_bytes;
    contents->records.push_back(record);
    contents->sources.push_back({sent.content, nullptr});
    batch.pages.push_back(std::move(sent));
    if (tracked()) table_.at(again.page.key).set_link(Link::under_way, contents->id.value);
  }
  contents->work = {{platform::WorkKind::copy, 0, Bytes(contents->input.size())}};
  start(contents->id, std::move(batch));
  return Plan(std::move(contents));
}

}  // namespace dwcp::hde
