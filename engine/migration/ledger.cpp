#include "engine/migration/ledger.hpp"

namespace dwcp::migration {
namespace {

constexpr std::uint8_t entry_version = 2;
constexpr std::uint8_t entry_version_without_partner = 1;
constexpr std::size_t paths_max = 64;

}  // namespace

ByteVector encode(const Entry& entry) {
  FieldWriter out;
  out.put(entry_version).put_text(entry.vm.text).put(entry.epoch.value);
  out.put(static_cast<std::uint8_t>(entry.role)).put(static_cast<std::uint8_t>(entry.step));
  out.put(static_cast<std::uint8_t>(entry.peer.size()));
  for (const auto& path : entry.peer) out.put_text(platform::to_string(path));
  out.put_text(entry.partner.text);
  return out.take();
}

Result<Entry> decode_entry(ByteSpan bytes) {
  FieldReader in(bytes);
  const auto bad = [](const std::string& why) { return Failure(Errc::storage_failed, "ownership journal: " + why); };
  const auto version = in.get<std::uint8_t>();
  if (version != entry_version && version != entry_version_without_partner)
    return bad("entry of unknown version " + std::to_string(version));
  Entry entry;
  entry.vm = VmId(std::string(in.get_text()));
  entry.epoch = Epoch(in.get<std::uint64_t>());
  const auto role = in.get<std::uint8_t>();
  const auto step = in.get<std::uint8_t>();
  const auto paths = in.get<std::uint8_t>();
  if (!in.ok() || role < 1 || role > 2 || step < 1 || step > 10 || paths > paths_max) return bad("entry is damaged");
  entry.role = static_cast<Role>(role);
  entry.step = static_cast<Step>(step);
  for (unsigned i = 0; i < paths; ++i) {
    auto path = platform::parse_endpoint(in.get_text());
    if (!path) return path.error();
    entry.peer.push_back(*path);
  }
  if (version != entry_version_without_partner) entry.partner = NodeId(std::string(in.get_text()));
  if (!in.ok() || !in.at_end()) return bad("entry has a wrong length");
  return entry;
}

bool is_settled(const Entry& entry) {
  switch (entry.step) {
    case Step::intent:
    case Step::prepared:
    case Step::committed:
      return false;
    case Step::aborted:  // the source still has to tell the destination
      return entry.role == Role::destination;
    default:
      return true;
  }
}

CommitAnswer answer_commit(const std::optional<Entry>& known, Epoch asked, Epoch highest, GuestState guest) {
  if (known && (known->step == Step::owned || known->step == Step::serving)) return CommitAnswer::running;
  if (known && known->step == Step::prepared)
    return guest == GuestState::absent ? CommitAnswer::refuse : CommitAnswer::run;
  return !known && highest > asked ? CommitAnswer::running : CommitAnswer::refuse;
}

Ledger::Ledger(platform::Platform& platform, platform::Journal journal)
    : platform_(platform), journal_(std::move(journal)), writing_(platform, platform.control()) {}

Task<std::unique_ptr<Ledger>> Ledger::open(platform::Platform& platform) {
  auto journal = co_await platform::Journal::open(platform.storage(), "ownership.journal");
  std::unique_ptr<Ledger> ledger(new Ledger(platform, std::move(journal)));
  for (const auto& record : ledger->journal_.recovered()) ledger->apply(decode_entry(record).value());
  co_return ledger;
}

Task<void> Ledger::record(Entry entry) {
  const auto guard = co_await writing_.lock();
  co_await journal_.append(encode(entry));
  apply(entry);
  if (++records_ < records_before_compaction && !platform_.maybe("ledger.compact_early")) co_return;
  records_ = 0;
  co_await journal_.rewrite(snapshot());
}

void Ledger::apply(const Entry& entry) {
  // A settled entry replaces the older settled ones of its VM and role: the newest holds the epoch.
  for (auto it = entries_.begin(); it != entries_.end();) {
    const Entry& old = it->second;
    const bool superseded = old.vm == entry.vm && old.role == entry.role && old.epoch < entry.epoch && is_settled(old);
    it = superseded ? entries_.erase(it) : std::next(it);
  }
  entries_[{entry.vm, entry.epoch, entry.role}] = entry;
}

std::vector<ByteVector> Ledger::snapshot() const {
  std::vector<ByteVector> records;
  for (const auto& [key, entry] : entries_) records.push_back(encode(entry));
  return records;
}

std::vector<Entry> Ledger::latest() const {
  std::map<VmId, Entry> newest;
  for (const auto& [key, entry] : entries_) {
    const auto it = newest.find(entry.vm);
    if (it == newest.end() || it->second.epoch < entry.epoch) newest[entry.vm] = entry;
  }
  std::vector<Entry> all;
  for (auto& [vm, entry] : newest) all.push_back(std::move(entry));
  return all;
}

std::optional<Entry> Ledger::find(const VmId& vm, Epoch epoch, Role role) const {
  const auto it = entries_.find({vm, epoch, role});
  return it == entries_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<Entry> Ledger::unsettled() const {
  std::vector<Entry> open;
  for (const auto& [key, entry] : entries_)
    if (!is_settled(entry)) open.push_back(entry);
  return open;
}

Epoch Ledger::highest_epoch(const VmId& vm) const {
  Epoch highest{0};
  for (const auto& [key, entry] : entries_)
    if (entry.vm == vm) highest = std::max(highest, entry.epoch);
  return highest;
}

}  // namespace dwcp::migration
