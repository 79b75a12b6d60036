// The disk of one process: survives its death and restart. What was written and not synced survives the death of the
// process (the machine's page cache holds it), but at a crash of the machine each such write is kept, lost or torn.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/base/units.hpp"

namespace dwcp::sim {

struct DiskOptions {
  Bytes capacity = GiB(1024);
  Duration access = std::chrono::microseconds(20);  // of each read or write, before the transfer
  BitRate rate{8'000'000'000};                      // of transfers
  Duration sync = std::chrono::milliseconds(1);
  // At a crash, of each write since the last sync: chance that it is lost, and that it is torn (a part of its sectors
  // is there). The rest is kept.
  double lost = 0.5;
  double torn = 0.25;
};

class Disk {
 public:
  static constexpr std::size_t sector = 512;  // is never torn itself

  enum class Operation { open, read, write, resize, sync, remove, rename };

  struct File {
    std::string name;
    ByteVector content;
    bool durable_entry = false;  // false: created and never synced, a crash may take the name too
    bool removed = false;        // open handles still work, as in POSIX
    struct Change {              // since the last sync, to take back and to do again
      std::uint64_t offset;
      ByteVector before;  // what was there, up to the end of the file
      ByteVector after;
      std::size_t size_before, size_after;
    };
    std::vector<Change> unsynced;
    std::uint64_t changes_synced = 0;  // ever; the number of the next change is this plus unsynced.size()
  };

  Disk(const DiskOptions& options, Random random);

  // The content operations take effect at once; `done_at` says when the device has done them.
  TimePoint done_at(Operation operation, Bytes transferred);

  std::shared_ptr<File> find(const std::string& name) const;  // null when there is none
  std::shared_ptr<File> create(const std::string& name);
  // Throw Error(storage_full). Gaps are filled with zeroes.
  void write(File& file, std::uint64_t offset, ByteSpan bytes);
  void resize(File& file, std::size_t size);
  // All changes below this number are durable from now on.
  void synced(File& file, std::uint64_t change_number);
  void remove(const std::string& name);
  void rename(const std::string& from, const std::string& to);  // Precondition: `from` exists
  std::vector<std::string> list(const std::string& folder) const;
  Bytes used() const { return used_; }

  // Faults.
  void crash();  // of the machine
  void set_options(const DiskOptions& options) { options_ = options; }
  const DiskOptions& options() const { return options_; }
  // The next `count` operations of this kind fail with Error(storage_failed).
  void fail_next(Operation operation, unsigned count);
  // Throws when such a failure is due.
  void check_failure(Operation operation, const std::string& name);
  // Flips a bit, durably. Throws Error(not_found) when the file has no such byte.
  void corrupt(const std::string& name, std::uint64_t offset);

 private:
  void apply(File& file, std::uint64_t offset, ByteSpan bytes, std::size_t size_after);
  void set_size(File& file, std::size_t size);
  void redo_after_crash(File& file, const File::Change& change);

  DiskOptions options_;
  Random random_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<Operation, unsigned> failures_;
  Bytes used_{0};
  TimePoint free_at_{};
};

std::string_view to_string(Disk::Operation operation);

}  // namespace dwcp::sim
