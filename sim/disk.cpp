#include "sim/disk.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "sim/run.hpp"

namespace dwcp::sim {

std::string_view to_string(Disk::Operation operation) {
  using enum Disk::Operation;
  switch (operation) {
    case open:
      return "open";
    case read:
      return "read";
    case write:
      return "write";
    case resize:
      return "resize";
    case sync:
      return "sync";
    case remove:
      return "remove";
    case rename:
      return "rename";
  }
  return "?";
}

Disk::Disk(const DiskOptions& options, Random random) : options_(options), random_(random) {}

// One queue: operations are served one after the other.
TimePoint Disk::done_at(Operation operation, Bytes transferred) {
  using enum Operation;
  Duration time = transferred.value ? transfer_time(transferred, options_.rate) : Duration::zero();
  if (operation == sync || operation == rename || operation == remove)
    time += options_.sync;  // the directory is written through
  else
    time += options_.access;
  free_at_ = std::max(free_at_, virtual_now()) + time;
  return free_at_;
}

std::shared_ptr<Disk::File> Disk::find(const std::string& name) const {
  const auto it = files_.find(name);
  return it == files_.end() ? nullptr : it->second;
}

std::shared_ptr<Disk::File> Disk::create(const std::string& name) {
  auto& file = files_[name];
  if (!file) {
    file = std::make_shared<File>();
    file->name = name;
  }
  return file;
}

void Disk::set_size(File& file, std::size_t size) {
  if (!file.removed) used_ = used_ + Bytes(size) - Bytes(file.content.size());
  file.content.resize(size);
}

void Disk::apply(File& file, std::uint64_t offset, ByteSpan bytes, std::size_t size_after) {
  const std::size_t size_before = file.content.size();
  if (size_after > size_before && used_ + Bytes(size_after - size_before) > options_.capacity)
    throw Error(Errc::storage_full, "'" + file.name + "' needs " + to_string(Bytes(size_after - size_before)) +
                                        " more; the disk has " + to_string(options_.capacity) + ", used " +
                                        to_string(used_));
  const auto at = std::min<std::uint64_t>(offset, size_before);
  const auto end = size_after < size_before ? size_before : std::min<std::size_t>(offset + bytes.size(), size_before);
  File::Change change{offset, {}, {bytes.begin(), bytes.end()}, size_before, size_after};
  change.before.assign(file.content.begin() + static_cast<std::ptrdiff_t>(at),
                       file.content.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(at, end)));
  set_size(file, size_after);
  std::copy(bytes.begin(), bytes.end(), file.content.begin() + static_cast<std::ptrdiff_t>(offset));
  file.unsynced.push_back(std::move(change));
}

void Disk::write(File& file, std::uint64_t offset, ByteSpan bytes) {
  apply(file, offset, bytes, std::max<std::size_t>(file.content.size(), offset + bytes.size()));
}

void Disk::resize(File& file, std::size_t size) { apply(file, std::min(size, file.content.size()), {}, size); }

void Disk::synced(File& file, std::uint64_t change_number) {
  file.durable_entry = true;
  if (change_number <= file.changes_synced) return;
  const auto count = static_cast<std::ptrdiff_t>(change_number - file.changes_synced);
  file.unsynced.erase(file.unsynced.begin(), file.unsynced.begin() + count);
  file.changes_synced = change_number;
}

void Disk::remove(const std::string& name) {
  const auto it = files_.find(name);
  if (it == files_.end()) return;
  it->second->removed = true;
  used_ -= Bytes(it->second->content.size());
  files_.erase(it);
}

void Disk::rename(const std::string& from, const std::string& to) {
  auto file = files_.at(from);
  if (from == to) return;
  remove(to);
  files_.erase(from);
  file->name = to;
  file->durable_entry = true;
  files_[to] = std::move(file);
}

std::vector<std::string> Disk::list(const std::string& folder) const {
  const std::string prefix = folder.empty() || folder == "." ? "" : folder + "/";
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) {
    if (!name.starts_with(prefix)) continue;
    const std::string rest = name.substr(prefix.size());
    if (rest.find('/') == std::string::npos) names.push_back(rest);
  }
  return names;  // the map is sorted
}

// Back to the last sync, then every write since then meets its fate.
void Disk::crash() {
  free_at_ = virtual_now();
  for (auto it = files_.begin(); it != files_.end();) {
    File& file = *it->second;
    const auto changes = std::exchange(file.unsynced, {});
    file.changes_synced += changes.size();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      set_size(file, change->size_before);
      const auto at = std::min<std::size_t>(change->offset, change->size_before);
      std::copy(change->before.begin(), change->before.end(), file.content.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (const auto& change : changes) redo_after_crash(file, change);
    if (!file.durable_entry && random_.chance(options_.lost)) {
      used_ -= Bytes(file.content.size());
      it = files_.erase(it);
    } else {
      ++it;
    }
  }
}

void Disk::redo_after_crash(File& file, const File::Change& change) {
  const double fate = random_.uniform();
  if (fate < options_.lost) return;
  if (change.after.empty()) return set_size(file, change.size_after);  // a resize is kept or lost as a whole
  set_size(file, std::max<std::size_t>(file.content.size(), change.offset + change.after.size()));
  const bool torn = fate < options_.lost + options_.torn;
  for (std::size_t at = 0; at < change.after.size();) {
    const auto to_boundary = sector - (change.offset + at) % sector;
    const std::size_t n = std::min<std::size_t>(to_boundary, change.after.size() - at);
    if (!torn || random_.chance(0.5)) {
      const auto from = change.after.begin() + static_cast<std::ptrdiff_t>(at);
      std::copy_n(from, n, file.content.begin() + static_cast<std::ptrdiff_t>(change.offset + at));
    }
    at += n;
  }
}

void Disk::fail_next(Operation operation, unsigned count) { failures_[operation] = count; }

void Disk::check_failure(Operation operation, const std::string& name) {
  auto& left = failures_[operation];
  if (left == 0) return;
  --left;
  throw Error(Errc::storage_failed, std::string(to_string(operation)) + " of '" + name + "' failed");
}

void Disk::corrupt(const std::string& name, std::uint64_t offset) {
  const auto file = find(name);
  if (!file || offset >= file->content.size())
    throw Error(Errc::not_found, "byte " + std::to_string(offset) + " of '" + name + "' to corrupt");
  file->content[offset] ^= std::byte{1};
}

}  // namespace dwcp::sim
