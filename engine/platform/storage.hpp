// Named files of one process: logs that are appended to, and blobs that are read and written in place. In the
// simulation it can tear, lose and delay what was not synced, and run full. All errors are thrown as
// Error(storage_failed or storage_full) naming the file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"
#include "engine/platform/task.hpp"

namespace dwcp::platform {

// One open file. Operations at distinct ranges may overlap in time. Closed with the last reference.
class File {
 public:
  virtual ~File() = default;
  virtual Task<Bytes> size() = 0;
  // Fills `into` from `offset`; returns the bytes read, fewer only at the end of the file.
  virtual Task<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) = 0;
  // Writes all of it, extending the file when needed.
  virtual Task<void> write_at(std::uint64_t offset, ByteSpan bytes) = 0;
  virtual Task<void> resize(Bytes size) = 0;
  // After it, what was written survives a crash of the machine.
  virtual Task<void> sync() = 0;
};

enum class OpenMode { read, write, create };  // write: must exist; create: made when missing, kept when present

class Storage {
 public:
  virtual ~Storage() = default;
  // Names are relative to the process's root; components separated by '/', no "..".
  virtual Task<std::shared_ptr<File>> open(std::string name, OpenMode mode) = 0;
  virtual Task<bool> exists(std::string name) = 0;
  virtual Task<void> remove(std::string name) = 0;                  // a missing file is no error
  virtual Task<void> rename(std::string from, std::string to) = 0;  // atomic, replaces `to`, durable when it returns
  virtual Task<std::vector<std::string>> list(std::string folder) = 0;  // names of files within, sorted
};

}  // namespace dwcp::platform
