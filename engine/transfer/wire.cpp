#include "engine/transfer/wire.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::transfer {
namespace {

enum class Type : std::uint8_t { offer = 1, files, answer, held, file_end, file_done, resend };

FieldWriter begin(Type type) {
  FieldWriter out;
  out.put(static_cast<std::uint8_t>(type));
  return out;
}

void put_hash(FieldWriter& out, const Hash128& hash) { out.put(hash.low).put(hash.high); }
void put_index(FieldWriter& out, FileIndex index) { out.put(static_cast<std::uint32_t>(index.value)); }
void put_short_text(FieldWriter& out, const std::string& text) {
  out.put_text(std::string_view(text).substr(0, Limits::text_length_max));
}

ByteVector write(const Offer& m) {
  FieldWriter out = begin(Type::offer);
  out.put(m.version).put(static_cast<std::uint32_t>(m.block.value)).put(static_cast<std::uint8_t>(m.force));
  out.put(m.files).put(m.total.value);
  return out.take();
}
ByteVector write(const Files& m) {
  FieldWriter out = begin(Type::files);
  out.put(static_cast<std::uint16_t>(m.entries.size()));
  for (const FileEntry& entry : m.entries) {
    put_index(out, entry.index);
    out.put(entry.size.value).put_text(entry.name);
  }
  return out.take();
}
ByteVector write(const Answer& m) {
  FieldWriter out = begin(Type::answer);
  put_index(out, m.index);
  out.put(static_cast<std::uint8_t>(m.what)).put(m.code);
  put_short_text(out, m.text);
  return out.take();
}
ByteVector write(const Held& m) {
  FieldWriter out = begin(Type::held);
  put_index(out, m.index);
  out.put(m.first.value).put(m.scanned.value).put(static_cast<std::uint16_t>(m.hashes.size()));
  for (const Hash128& hash : m.hashes) put_hash(out, hash);
  return out.take();
}
ByteVector write(const FileEnd& m) {
  FieldWriter out = begin(Type::file_end);
  put_index(out, m.index);
  put_hash(out, m.manifest);
  out.put(m.sent);
  return out.take();
}
ByteVector write(const FileDone& m) {
  FieldWriter out = begin(Type::file_done);
  put_index(out, m.index);
  out.put(static_cast<std::uint8_t>(m.outcome)).put(m.code);
  put_short_text(out, m.text);
  return out.take();
}
ByteVector write(const Resend& m) {
  FieldWriter out = begin(Type::resend);
  put_index(out, m.index);
  out.put(m.block.value);
  return out.take();
}

// Reads fields and remembers the first that is out of its range.
class Parser {
 public:
  explicit Parser(ByteSpan bytes) : in_(bytes) {}

  template <class T>
  T get() {
    return in_.get<T>();
  }
  std::uint64_t get_at_most(std::uint64_t value, std::uint64_t most, const char* field) {
    if (value > most && problem_.empty())
      problem_ = std::string(field) + " is " + std::to_string(value) + ", the most is " + std::to_string(most);
    return std::min(value, most);
  }
  FileIndex get_index() {
    return FileIndex(get_at_most(in_.get<std::uint32_t>(), Limits::files_max - 1, "file index"));
  }
  BlockIndex get_block() {
    return BlockIndex(get_at_most(in_.get<std::uint64_t>(), blocks_of(Limits::file_size_max), "block index"));
  }
  Hash128 get_hash() {
    const auto low = in_.get<std::uint64_t>();
    return {low, in_.get<std::uint64_t>()};
  }
  std::string get_text() { return std::string(in_.get_text()); }

  Result<Message> done(Message message, const char* name) const {
    if (!problem_.empty()) return Failure(Errc::protocol_error, std::string(name) + ": " + problem_);
    if (!in_.ok()) return Failure(Errc::protocol_error, std::string(name) + " is cut short");
    if (!in_.at_end())
      return Failure(Errc::protocol_error,
                     std::string(name) + " has " + std::to_string(in_.rest().size()) + " bytes after its end");
    return message;
  }
  bool more() const { return in_.ok() && problem_.empty(); }

 private:
  FieldReader in_;
  std::string problem_;
};

Result<Message> read_offer(Parser& in) {
  Offer m;
  m.version = in.get<std::uint16_t>();
  m.block = Bytes(in.get<std::uint32_t>());
  m.force = in.get_at_most(in.get<std::uint8_t>(), 1, "force") != 0;
  m.files = in.get_at_most(in.get<std::uint64_t>(), Limits::files_max, "number of files");
  m.total = Bytes(in.get<std::uint64_t>());
  return in.done(m, "offer");
}
Result<Message> read_files(Parser& in) {
  Files m;
  const auto count = in.get_at_most(in.get<std::uint16_t>(), Limits::entries_per_message_max, "number of entries");
  for (std::uint64_t i = 0; i < count && in.more(); ++i) {
    FileEntry entry;
    entry.index = in.get_index();
    entry.size = Bytes(in.get_at_most(in.get<std::uint64_t>(), Limits::file_size_max.value, "file size"));
    entry.name = in.get_text();
    m.entries.push_back(std::move(entry));
  }
  return in.done(std::move(m), "list of files");
}
Result<Message> read_answer(Parser& in) {
  Answer m;
  m.index = in.get_index();
  m.what = static_cast<Disposition>(in.get_at_most(in.get<std::uint8_t>(), 3, "disposition"));
  m.code = in.get<std::int32_t>();
  m.text = in.get_text();
  return in.done(std::move(m), "answer");
}
Result<Message> read_held(Parser& in) {
  Held m;
  m.index = in.get_index();
  m.first = in.get_block();
  m.scanned = in.get_block();
  const auto count = in.get_at_most(in.get<std::uint16_t>(), Limits::hashes_per_message_max, "number of hashes");
  for (std::uint64_t i = 0; i < count && in.more(); ++i) m.hashes.push_back(in.get_hash());
  return in.done(std::move(m), "list of held blocks");
}
Result<Message> read_file_end(Parser& in) {
  FileEnd m;
  m.index = in.get_index();
  m.manifest = in.get_hash();
  m.sent = in.get_at_most(in.get<std::uint64_t>(), blocks_of(Limits::file_size_max), "number of blocks sent");
  return in.done(m, "end of file");
}
Result<Message> read_file_done(Parser& in) {
  FileDone m;
  m.index = in.get_index();
  m.outcome = static_cast<Outcome>(in.get_at_most(in.get<std::uint8_t>(), 2, "outcome"));
  m.code = in.get<std::int32_t>();
  m.text = in.get_text();
  return in.done(std::move(m), "outcome of a file");
}
Result<Message> read_resend(Parser& in) {
  Resend m;
  m.index = in.get_index();
  m.block = in.get_block();
  return in.done(m, "request to resend");
}

}  // namespace

ByteVector encode(const Message& message) {
  return std::visit([](const auto& m) { return write(m); }, message);
}

Result<Message> decode(ByteSpan bytes) {
  Parser in(bytes);
  const auto type = in.get<std::uint8_t>();
  switch (static_cast<Type>(type)) {
    case Type::offer:
      return read_offer(in);
    case Type::files:
      return read_files(in);
    case Type::answer:
      return read_answer(in);
    case Type::held:
      return read_held(in);
    case Type::file_end:
      return read_file_end(in);
    case Type::file_done:
      return read_file_done(in);
    case Type::resend:
      return read_resend(in);
  }
  return Failure(Errc::protocol_error, "transfer message of unknown type " + std::to_string(type) + "; known are 1..7");
}

ByteVector encode(const BlockHeader& header) {
  FieldWriter out;
  put_index(out, header.index);
  out.put(static_cast<std::uint32_t>(header.block.value)).put(std::uint64_t{0});
  put_hash(out, header.hash);
  return out.take();
}

Result<BlockHeader> decode_block_header(ByteSpan chunk) {
  FieldReader in(chunk);
  BlockHeader header;
  header.index = FileIndex(in.get<std::uint32_t>());
  header.block = BlockIndex(in.get<std::uint32_t>());
  const auto reserved = in.get<std::uint64_t>();
  header.hash.low = in.get<std::uint64_t>();
  header.hash.high = in.get<std::uint64_t>();
  if (!in.ok())
    return Failure(Errc::protocol_error, "chunk of " + std::to_string(chunk.size()) + " bytes; a block header has " +
                                             std::to_string(BlockHeader::size));
  if (reserved != 0)
    return Failure(Errc::protocol_error,
                   "block header with reserved bits " + std::to_string(reserved) + "; 0 expected");
  return header;
}

}  // namespace dwcp::transfer
