#include "engine/platform/journal.hpp"

#include "engine/base/checksum.hpp"

namespace dwcp::platform {
namespace {

constexpr std::size_t header_size = 8;

// Seeded, so that the zeroes which a torn write leaves behind are no valid (empty) record.
std::uint32_t checksum(ByteSpan record) { return crc32c(record, 0x4c4e524a); }

void frame(ByteVector& log, ByteSpan record) {
  if (record.size() > Journal::record_size_max)
    throw Error(Errc::out_of_budget, "journal record of " + std::to_string(record.size()) + " bytes; the most is " +
                                         std::to_string(Journal::record_size_max));
  FieldWriter header;
  header.put(static_cast<std::uint32_t>(record.size())).put(checksum(record));
  const ByteVector bytes = header.take();
  log.insert(log.end(), bytes.begin(), bytes.end());
  log.insert(log.end(), record.begin(), record.end());
}

struct Recovered {
  std::vector<ByteVector> records;
  std::uint64_t end = 0;  // of the last whole record
};

// Every append is synced before the next, so only the last record can be torn. A sane record behind a bad one means
// that the middle is damaged, and silently dropping what follows would forget decisions.
bool readable_record_follows(ByteSpan rest) {
  for (std::size_t at = 1; at + header_size < rest.size(); ++at) {
    const auto length = load_le<std::uint32_t>(rest.data() + at);
    if (length == 0 || length > Journal::record_size_max || at + header_size + length > rest.size()) continue;
    if (checksum(rest.subspan(at + header_size, length)) == load_le<std::uint32_t>(rest.data() + at + 4)) return true;
  }
  return false;
}

Recovered parse(ByteSpan log, const std::string& name) {
  Recovered result;
  while (result.end + header_size <= log.size()) {
    const ByteSpan rest = log.subspan(result.end);
    const auto length = load_le<std::uint32_t>(rest.data());
    const bool fits = length <= Journal::record_size_max && header_size + length <= rest.size();
    const ByteSpan payload = fits ? rest.subspan(header_size, length) : ByteSpan{};
    if (!fits || checksum(payload) != load_le<std::uint32_t>(rest.data() + 4)) {
      if (readable_record_follows(rest))
        throw Error(Errc::storage_failed, "journal '" + name + "' is damaged at byte " + std::to_string(result.end) +
                                              ", before its last record; restore it from a copy");
      break;
    }
    result.records.emplace_back(payload.begin(), payload.end());
    result.end += header_size + length;
  }
  return result;
}

}  // namespace

Task<Journal> Journal::open(Storage& storage, std::string name) {
  Journal journal;
  journal.storage_ = &storage;
  journal.name_ = name;
  journal.file_ = co_await storage.open(name, OpenMode::create);
  ByteVector log((co_await journal.file_->size()).value);
  log.resize(co_await journal.file_->read_at(0, log));
  Recovered recovered = parse(log, name);
  journal.recovered_ = std::move(recovered.records);
  journal.end_ = recovered.end;
  if (recovered.end < log.size()) co_await journal.file_->resize(Bytes(recovered.end));
  co_return journal;
}

Task<void> Journal::append(ByteSpan record) {
  ByteVector framed;
  frame(framed, record);
  co_await file_->write_at(end_, framed);
  co_await file_->sync();
  end_ += framed.size();
}

Task<void> Journal::rewrite(std::vector<ByteVector> records) {
  ByteVector log;
  for (const auto& record : records) frame(log, record);
  const std::string fresh = name_ + ".new";
  co_await storage_->remove(fresh);
  auto file = co_await storage_->open(fresh, OpenMode::create);
  co_await file->write_at(0, log);
  co_await file->sync();
  co_await storage_->rename(fresh, name_);
  file_ = std::move(file);
  end_ = log.size();
}

}  // namespace dwcp::platform
