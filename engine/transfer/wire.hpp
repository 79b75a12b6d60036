// What the two sides of a transfer say to each other: messages on the session's control channel, and the header of each
// chunk. docs/transfer.md gives the bytes and the order. All integers are little-endian.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/checksum.hpp"
#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::transfer {

constexpr std::uint16_t protocol_version = 1;

// A file is cut into blocks of this size; the last one may be shorter. A block is one chunk and one HDE batch.
constexpr Bytes block_size = MiB(1);

using FileIndex = Quantity<struct FileIndexTag>;    // position in the sender's list, from 0
using BlockIndex = Quantity<struct BlockIndexTag>;  // position within a file, from 0

// Bounds on what a peer may ask for.
struct Limits {
  static constexpr std::uint64_t files_max = 1'000'000;
  static constexpr Bytes file_size_max = GiB(4096);            // 4 Mi blocks, whose table takes 64 MiB
  static constexpr std::size_t name_length_max = 255 - 16;     // of a file name, less the longest suffix of ours
  static constexpr std::size_t entries_per_message_max = 200;  // with the longest names below 64 KiB
  static constexpr std::size_t hashes_per_message_max = 3000;  // 48 KB
  static constexpr std::size_t files_unanswered_max = 512;     // offered and not yet answered
  static constexpr std::size_t text_length_max = 1024;
};

constexpr std::uint64_t blocks_of(Bytes file) { return (file.value + block_size.value - 1) / block_size.value; }

// Sender: the first message.
struct Offer {
  std::uint16_t version = protocol_version;
  Bytes block = block_size;
  bool force = false;  // replace what exists
  std::uint64_t files = 0;
  Bytes total{0};
};
struct FileEntry {
  FileIndex index;
  Bytes size{0};
  std::string name;
};
// Sender: the next files of the list, in its order.
struct Files {
  std::vector<FileEntry> entries;
};
enum class Disposition : std::uint8_t {
  take,     // send every block
  resume,   // Held messages follow: send the others
  compare,  // a file of this name and size exists: send no blocks, only the manifest
  refuse    // code and text say why
};
// Receiver: what to do with a file. In the order of the files.
struct Answer {
  FileIndex index;
  Disposition what = Disposition::take;
  std::int32_t code = 0;  // of Errc, with refuse
  std::string text;
};
// Receiver: these blocks are there, with these hashes; every block below `scanned` that was not named is missing.
struct Held {
  FileIndex index;
  BlockIndex first = {};
  std::vector<Hash128> hashes = {};
  BlockIndex scanned = {};
};
// Sender: every block was read and either sent or found to be held.
struct FileEnd {
  FileIndex index;
  Hash128 manifest;
  std::uint64_t sent = 0;  // blocks of the file that this session carries: some may still be under way
};
enum class Outcome : std::uint8_t { stored, same, failed };
// Receiver: the file's end. `same`: it was there before, with this content. `failed`: code and text say why.
struct FileDone {
  FileIndex index;
  Outcome outcome = Outcome::stored;
  std::int32_t code = 0;
  std::string text;
};
// Receiver: the block arrived damaged, or was damaged by the storage: send it again.
struct Resend {
  FileIndex index;
  BlockIndex block;
};

using Message = std::variant<Offer, Files, Answer, Held, FileEnd, FileDone, Resend>;

ByteVector encode(const Message& message);
// Errors: protocol_error naming the field, its value and its range.
Result<Message> decode(ByteSpan bytes);

// In front of the HDE batch in each chunk.
struct BlockHeader {
  static constexpr std::size_t size = 32;
  FileIndex index;
  BlockIndex block;
  Hash128 hash;  // of the content, see block_hash.hpp
};
ByteVector encode(const BlockHeader& header);
Result<BlockHeader> decode_block_header(ByteSpan chunk);

}  // namespace dwcp::transfer
