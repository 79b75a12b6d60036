#include "engine/hde/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/base/error.hpp"
#include "engine/hde/delta.hpp"
#include "engine/hde/encoder_state.hpp"
#include "engine/hde/sample.hpp"

namespace dwcp::hde {
namespace {

std::string describe(const PageKey& key) {
  return "page " + std::to_string(key.index.value) + " of block " + std::to_string(key.block);
}

// Whether a delta may be worth sending.
bool is_like(const std::byte* content, const std::byte* base) {
  std::uint64_t mask[mask_words];
  return kernels().difference(content, base, mask) <= delta_changed_max;
}

void check_input(const Slice& input, std::span<const PageIn> pages) {
  if (pages.empty() || pages.size() > max_batch_pages)
    throw Error(Errc::bad_value, "a batch of " + std::to_string(pages.size()) + " pages, possible: 1.." +
                                     std::to_string(max_batch_pages));
  const std::byte* const begin = input.bytes().data();
  for (const PageIn& page : pages) {
    if (page.key.index > max_page_index)
      throw Error(Errc::bad_value,
                  describe(page.key) + ": the index is at most " + std::to_string(max_page_index.value));
    if (page.version.value < 1 || page.version > max_version)
      throw Error(Errc::bad_value, describe(page.key) + ": version " + std::to_string(page.version.value) +
                                       ", possible: 1.." + std::to_string(max_version.value));
    if (page.content.empty()) continue;
    if (page.content.size() != page_bytes || page.content.data() < begin ||
        page.content.data() + page_bytes > begin + input.size())
      throw Error(Errc::bad_value, describe(page.key) + ": its content must be 4096 bytes within the input");
  }
}

}  // namespace

const Hash128& zero_page_hash() {
  static const Hash128 hash = [] {
    const PageBuffer zero{};
    return hash128(zero);
  }();
  return hash;
}

Encoder::State::State(const EncoderConfig& config, KeptWindow window)
    : config_(config),
      cache_(config.history == History::tracked ? config.delta_cache_budget : Bytes(0)),
      under_way_(config.retention_budget),
      window_(config.history == History::tracked ? config.window_budget : Bytes(0), window),
      last_id_(window.last) {}

Plan Encoder::State::plan(Slice input, std::span<const PageIn> pages, bool windowed) {
  check_input(input, pages);
  if (under_way_.size() >= config_.batches_under_way_max)
    throw Error(Errc::out_of_budget, std::to_string(under_way_.size()) +
                                         " batches wait for their acknowledgement, at most " +
                                         std::to_string(config_.batches_under_way_max));
  auto contents = std::make_unique<Plan::Contents>();
  contents->id = ++last_id_;
  contents->records.reserve(pages.size());
  contents->sources.reserve(pages.size());
  SentBatch batch;
  batch.input = input;
  batch.pages.reserve(pages.size());
  contents->input = std::move(input);

  Effort effort;
  for (const PageIn& page : pages) classify(page, *contents, batch, effort);
  contents->work = {{platform::WorkKind::zero_check, 0, Bytes(effort.compared)},
                    {platform::WorkKind::hash, 0, Bytes(effort.hashed)}};
  if (windowed && window_.exists()) search_window(*contents, batch);
  start(contents->id, std::move(batch));
  return Plan(std::move(contents));
}

// Pages that go in full and are worth compressing lose what earlier batches carried.
void Encoder::State::search_window(Plan::Contents& plan, SentBatch& batch) {
  std::vector<std::size_t> full, found;
  std::vector<const std::byte*> contents;
  for (std::size_t i = 0; i < plan.records.size(); ++i) {
    Record& record = plan.records[i];
    Plan::Contents::Source& source = plan.sources[i];
    if (record.kind == RecordKind::delta && !is_like(source.content, source.base->data())) {
      record.kind = RecordKind::raw;
      source.base.reset();
    }
    if (record.kind != RecordKind::raw) continue;
    full.push_back(i);
    contents.push_back(source.content);
  }
  const std::vector<bool> worth = worth_compressing(contents);
  for (std::size_t i = 0; i < full.size(); ++i)
    if (worth[i]) found.push_back(full[i]);
  if (found.empty()) return;
  const std::byte* const first = plan.sources[found.front()].content;
  bool neighbours = true;
  for (std::size_t n = 0; n < found.size(); ++n) {
    plan.records[found[n]].kind = RecordKind::windowed;
    neighbours = neighbours && plan.sources[found[n]].content == first + n * page_bytes;
  }
  ByteSpan pages(first, found.size() * page_bytes);
  if (!neighbours) {
    joined_.clear();
    for (const std::size_t i : found)
      joined_.insert(joined_.end(), plan.sources[i].content, plan.sources[i].content + page_bytes);
    pages = joined_;
  }
  plan.window = window_.add(plan.id, pages, under_way_.window_floor(window_.floor()));
  plan.searched = Bytes(pages.size());
  batch.window_floor = window_.floor();
}

void Encoder::State::start(BatchId id, SentBatch batch) {
  // Without a table and without retention nothing would ever be looked up.
  if (!tracked() && config_.retention_budget.value == 0) return;
  under_way_.add(id, std::move(batch));
}

void Encoder::State::classify(const PageIn& page, Plan::Contents& plan, SentBatch& batch, Effort& effort) {
  Record record;
  record.key = page.key;
  record.version = static_cast<std::uint32_t>(page.version.value);
  Plan::Contents::Source source;
  SentPage sent;
  sent.page = {page.key, page.version};
  sent.given = !page.content.empty();
  sent.zero = page.content.empty() || kernels().is_zero(page.content.data());
  if (!sent.zero) source.content = sent.content = page.content.data();
  if (sent.zero) effort.compared += page.content.size();

  if (tracked()) {
    classify_tracked(record, source, sent, effort);
  } else if (sent.zero) {
    record.kind = RecordKind::zero;
  } else {
    const Hash128 hash = kernels().hash(source.content);
    effort.hashed += page_bytes;
    record.kind = RecordKind::raw;
    record.checksum = checksum_of(hash);
    digest_.add(page.key, hash);
  }
  plan.records.push_back(record);
  plan.sources.push_back(std::move(source));
  batch.pages.push_back(std::move(sent));
}

void Encoder::State::classify_tracked(Record& record, Plan::Contents::Source& source, SentPage& sent, Effort& effort) {
  using Link = SentState::Link;
  SentState& state = table_.at(record.key);
  if (record.version <= state.version)
    throw Error(Errc::bad_value, describe(record.key) + ": version " + std::to_string(record.version) + " after " +
                                     std::to_string(state.version) + ", it must grow");
  sent.worth = state.version == 0 ? PageWorth::sent_once : PageWorth::sent_again;
  const Link link = state.link();
  // A content in the cache has served its time either way: it becomes the base of this delta, or goes back when the
  // receiver has acknowledged that it is unchanged.
  PageBufferPtr base;
  if (link == Link::cached) base = cache_.take(state.place());

  Hash128 hash = state.hash;
  record.base_version = state.version;
  if (sent.zero) {
    record.kind = RecordKind::zero;
    hash = zero_page_hash();
  } else if (base && (effort.compared += page_bytes, std::memcmp(base->data(), source.content, page_bytes) == 0)) {
    record.kind = RecordKind::unchanged;
    sent.kept = std::move(base);
  } else {
    hash = kernels().hash(source.content);
    effort.hashed += page_bytes;
    if (base) {
      record.kind = RecordKind::delta;
      source.base = std::move(base);
    } else {
      record.kind = link == Link::held && hash == state.hash ? RecordKind::unchanged : RecordKind::raw;
    }
  }
  record.checksum = checksum_of(hash);
  if (record.kind != RecordKind::unchanged) {
    if (state.version != 0 && state.hash != zero_page_hash()) digest_.remove(record.key, state.hash);
    if (!sent.zero) digest_.add(record.key, hash);
  }
  state.hash = hash;
  state.version = record.version;
  state.set_link(Link::under_way, last_id_.value);
}

Encoder::Encoder(EncoderConfig config, KeptWindow window)
    : state_(std::make_unique<State>(config, std::move(window))) {}
void Encoder::prepare_window() { state_->prepare_window(); }
KeptWindow Encoder::kept_window() const { return state_->kept_window(); }
Encoder::~Encoder() = default;
Plan Encoder::plan(Slice input, std::span<const PageIn> pages, bool windowed) {
  return state_->plan(std::move(input), pages, windowed);
}
void Encoder::acknowledge(BatchId batch) { state_->acknowledge(batch); }
std::vector<PageKey> Encoder::forget(BatchId batch) { return state_->forget(batch); }
Repair Encoder::missing(std::span<const PageVersion> pages) { return state_->missing(pages); }
Digest Encoder::digest() const { return state_->digest(); }
Bytes Encoder::cached() const { return state_->cached(); }
Bytes Encoder::retained() const { return state_->under_way().retained(); }
Bytes Encoder::window() const { return state_->window(); }
std::size_t Encoder::batches_under_way() const { return state_->under_way().size(); }

Plan::Plan(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;
BatchId Plan::id() const { return contents_->id; }
std::size_t Plan::pages() const { return contents_->records.size(); }
Bytes Plan::in_full() const {
  const auto full = std::ranges::count_if(contents_->records, [](const Record& record) {
    return record.kind == RecordKind::raw || record.kind == RecordKind::windowed;
  });
  return Bytes(static_cast<std::uint64_t>(full) * page_bytes);
}
Bytes Plan::searched() const { return contents_->searched; }
Bytes Plan::matched() const { return contents_->searched - Bytes(contents_->window.literals.size); }

}  // namespace dwcp::hde
