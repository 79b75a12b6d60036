#include "engine/hde/decoder.hpp"

#include <string>
#include <unordered_map>

#include "engine/hde/encoder_state.hpp"
#include "engine/hde/page_table.hpp"
#include "engine/hde/unpacked.hpp"

namespace dwcp::hde {
class Decoder::State {
 public:
  State(const DecoderConfig& config, const KeptWindow& window)
      : tracked_(config.history == History::tracked), window_(config.window_budget, window) {}

  Result<void> declare_block(std::uint32_t block, std::uint64_t pages);
  Result<DecodeReport> apply(Unpacked::Contents& batch, PageSink& sink, BaseSource& bases);
  const Digest& digest() const { return digest_; }
  HeldWindow& window() { return window_; }

 private:
  using Content = Unpacked::Contents::Content;
  enum class Outcome { applied, superseded, missing_base, checksum };

  Result<void> check_addresses(const std::vector<Record>& records) const;
  Outcome apply_page(const Record& record, Content& content, bool windowed_wrong, PageSink& sink, BaseSource& bases);
  Outcome apply_delta_page(const Record& record, Content& content, const HeldState& held, BaseSource& bases);
  void remember(const Record& record, HeldState& held, const Hash128& hash);

  bool tracked_;
  std::unordered_map<std::uint32_t, std::uint64_t> blocks_;
  PageTable<HeldState> table_;
  Digest digest_;
  HeldWindow window_;
};

Result<void> Decoder::State::declare_block(std::uint32_t block, std::uint64_t pages) {
  if (pages > max_page_index.value + 1)
    return Failure(Errc::bad_value, "block " + std::to_string(block) + " of " + std::to_string(pages) +
                                        " pages, at most " + std::to_string(max_page_index.value + 1));
  std::uint64_t& known = blocks_[block];
  known = std::max(known, pages);
  return {};
}

Result<void> Decoder::State::check_addresses(const std::vector<Record>& records) const {
  auto block = blocks_.end();
  for (const Record& record : records) {
    if (block == blocks_.end() || block->first != record.key.block) block = blocks_.find(record.key.block);
    const std::uint64_t pages = block == blocks_.end() ? 0 : block->second;
    if (record.key.index.value >= pages)
      return Failure(Errc::bad_encoding, "page batch: page " + std::to_string(record.key.index.value) + " of block " +
                                             std::to_string(record.key.block) + ", which has " + std::to_string(pages));
  }
  return {};
}

Result<DecodeReport> Decoder::State::apply(Unpacked::Contents& batch, PageSink& sink, BaseSource& bases) {
  if (auto checked = check_addresses(batch.records); !checked) return checked.error();
  DecodeReport report;
  report.batch = batch.batch;
  std::size_t delta_bytes = 0;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const Record& record = batch.records[i];
    if (record.kind == RecordKind::delta) delta_bytes += page_bytes;
    const PageVersion page{record.key, Version(record.version)};
    switch (apply_page(record, batch.contents[i], batch.windowed_wrong, sink, bases)) {
      case Outcome::applied:
        ++report.applied;
        break;
      case Outcome::superseded:
        ++report.superseded;
        break;
      case Outcome::missing_base:
        report.rejected.push_back({page, RejectReason::missing_base});
        break;
      case Outcome::checksum:
        report.rejected.push_back({page, RejectReason::checksum});
        break;
    }
  }
  if (delta_bytes > 0)
    report.work = {{platform::WorkKind::copy, 0, Bytes(delta_bytes)},
                   {platform::WorkKind::delta_decode, 0, Bytes(delta_bytes)},
                   {platform::WorkKind::hash, 0, Bytes(delta_bytes)}};
  report.contents = std::move(batch.storage);
  return report;
}

Decoder::State::Outcome Decoder::State::apply_page(const Record& record, Content& content, bool windowed_wrong,
                                                   PageSink& sink, BaseSource& bases) {
  HeldState untracked;
  HeldState& held = tracked_ ? table_.at(record.key) : untracked;
  if (record.version <= held.version) return Outcome::superseded;
  const Version version(record.version);
  switch (record.kind) {
    case RecordKind::zero:
      sink.zero(record.key, version);
      remember(record, held, zero_page_hash());
      return Outcome::applied;
    case RecordKind::unchanged:
      if (held.version != record.base_version || checksum_of(held.hash) != record.checksum)
        return Outcome::missing_base;
      held.version = record.version;
      return Outcome::applied;
    case RecordKind::delta:
      if (const Outcome outcome = apply_delta_page(record, content, held, bases); outcome != Outcome::applied)
        return outcome;
      break;
    case RecordKind::packed:
    case RecordKind::raw:
      if (checksum_of(content.hash) != record.checksum) return Outcome::checksum;
      break;
    case RecordKind::windowed:
      if (content.bytes == nullptr) return Outcome::missing_base;  // nothing to copy it from
      if (windowed_wrong) return Outcome::checksum;
      break;
  }
  sink.page(record.key, version, {content.bytes, page_bytes});
  remember(record, held, content.hash);
  return Outcome::applied;
}

Decoder::State::Outcome Decoder::State::apply_delta_page(const Record& record, Content& content, const HeldState& held,
                                                         BaseSource& bases) {
  const MutableByteSpan page(content.room, page_bytes);
  if (held.version != record.base_version || !bases.read(record.key, page)) return Outcome::missing_base;
  apply_delta(content.delta.structure, {content.changed, content.delta.changed}, page.data());
  content.hash = kernels().hash(page.data());
  // Wrong when the delta was damaged, and also when what it keeps of the base was.
  if (checksum_of(content.hash) != record.checksum) return Outcome::checksum;
  content.bytes = page.data();
  return Outcome::applied;
}

void Decoder::State::remember(const Record& record, HeldState& held, const Hash128& hash) {
  if (held.version != 0 && held.hash != zero_page_hash()) digest_.remove(record.key, held.hash);
  if (hash != zero_page_hash()) digest_.add(record.key, hash);
  held.hash = hash;
  held.version = record.version;
}

Decoder::Decoder(DecoderConfig config, const KeptWindow& window) : state_(std::make_unique<State>(config, window)) {}
KeptWindow Decoder::kept_window() const { return state_->window().kept(); }
Decoder::~Decoder() = default;
Result<void> Decoder::declare_block(std::uint32_t block, std::uint64_t pages) {
  return state_->declare_block(block, pages);
}
Result<Unpacked> Decoder::unpack(Slice payload) { return unpack_batch(std::move(payload), state_->window()); }
bool Decoder::can_complete(const Unpacked& batch) const {
  return hde::can_complete(batch.contents(), state_->window());
}
Result<void> Decoder::complete(Unpacked& batch) const { return complete_batch(batch.contents(), state_->window()); }
Result<DecodeReport> Decoder::apply(Unpacked&& batch, PageSink& sink, BaseSource& bases) {
  Unpacked taken = std::move(batch);
  return state_->apply(taken.contents(), sink, bases);
}
Result<DecodeReport> Decoder::decode(Slice payload, PageSink& sink, BaseSource& bases) {
  auto unpacked = unpack(std::move(payload));
  if (!unpacked) return unpacked.error();
  const platform::WorkList work = unpacked->work();
  auto report = apply(std::move(*unpacked), sink, bases);
  if (report) report->work.insert(report->work.begin(), work.begin(), work.end());
  return report;
}
Bytes Decoder::window() const { return state_->window().held(); }
Digest Decoder::digest() const { return state_->digest(); }

}  // namespace dwcp::hde
