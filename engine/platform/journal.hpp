// An append-only log of small records that survives crashes: each record is length, CRC-32C and payload; a torn tail is
// cut off when the log is opened, damage before the tail is an error. For decisions that must not be forgotten.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/platform/storage.hpp"

namespace dwcp::platform {

class Journal {
 public:
  static constexpr std::size_t record_size_max = 64 * 1024;

  // Opens or creates the log and reads its records. Throws Error(storage_failed) when it is damaged before its tail.
  static Task<Journal> open(Storage& storage, std::string name);

  const std::vector<ByteVector>& recovered() const { return recovered_; }  // in the order they were written

  // Returns when the record is durable. Calls are serialised by the caller.
  Task<void> append(ByteSpan record);
  // Replaces all records, atomically: after a crash either the old or the new ones are there.
  Task<void> rewrite(std::vector<ByteVector> records);

 private:
  Storage* storage_ = nullptr;
  std::string name_;
  std::shared_ptr<File> file_;
  std::uint64_t end_ = 0;
  std::vector<ByteVector> recovered_;
};

}  // namespace dwcp::platform
