#include "engine/amst/wire.hpp"

#include <algorithm>

#include "engine/amst/wire_error.hpp"
#include "engine/base/checksum.hpp"

namespace dwcp::amst::wire {
namespace {

// Where the fields of a frame header are.
constexpr std::size_t at_type = 0, at_flags = 1, at_channel = 2, at_length = 4, at_sequence = 8, at_tag = 16,
                      at_checksum = 20;
constexpr std::uint8_t priority_bits = 0b011, barrier_bit = 0b100;
constexpr std::size_t reason_text_max = 1000;

Failure broken(std::string what) { return {Errc::protocol_error, std::move(what)}; }

Failure check_flags(FrameType type, std::uint8_t flags, std::uint16_t channel) {
  if (type != FrameType::chunk)
    return flags == 0 && channel == 0 ? Failure() : broken("a control frame with chunk flags or a channel");
  if ((flags & ~(priority_bits | barrier_bit)) != 0 || (flags & priority_bits) >= priorities)
    return broken("chunk flags " + std::to_string(flags) + " are unknown to this version");
  return {};
}

Failure check_place(const FrameHeader& header, const FrameRules& rules) {
  if ((header.type == FrameType::chunk) != rules.data)
    return broken("frame type " + std::to_string(static_cast<int>(header.type)) + " on the wrong kind of connection");
  if (header.session_tag != rules.session_tag) return broken("a frame of another session");
  const bool numbered =
      header.type == FrameType::chunk || header.type == FrameType::message || header.type == FrameType::closing;
  if (numbered != (header.sequence != 0) || header.sequence > sequence_max)
    return broken("sequence " + std::to_string(header.sequence) + " in a frame of type " +
                  std::to_string(static_cast<int>(header.type)));
  if (header.length > rules.length_max)
    return {Errc::frame_too_large,
            std::to_string(header.length) + " bytes; the most is " + std::to_string(rules.length_max)};
  if (header.type == FrameType::chunk && header.length == 0) return broken("an empty chunk");
  return {};
}

void put_ranges(FieldWriter& writer, const std::vector<Range>& ranges) {
  for (const Range& range : ranges) writer.put(range.first).put(range.last);
}

Result<std::vector<Range>> get_ranges(FieldReader& reader, std::uint32_t count) {
  std::vector<Range> ranges;
  ranges.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto first = reader.get<std::uint64_t>();
    const auto last = reader.get<std::uint64_t>();
    if (!is_valid({first, last})) return broken("an acknowledged range that is empty or out of bounds");
    ranges.push_back({first, last});
  }
  return ranges;
}

}  // namespace

HeaderBytes write_header(const FrameHeader& header) {
  HeaderBytes bytes{};
  std::uint8_t flags = 0;
  if (header.type == FrameType::chunk) {
    flags = static_cast<std::uint8_t>(header.chunk.priority);
    if (header.chunk.barrier) flags = static_cast<std::uint8_t>(flags | barrier_bit);
    store_le(&bytes[at_channel], static_cast<std::uint16_t>(header.chunk.channel));
  }
  store_le(&bytes[at_type], static_cast<std::uint8_t>(header.type));
  store_le(&bytes[at_flags], flags);
  store_le(&bytes[at_length], header.length);
  store_le(&bytes[at_sequence], header.sequence);
  store_le(&bytes[at_tag], header.session_tag);
  store_le(&bytes[at_checksum], header_checksum(bytes));
  return bytes;
}

std::uint32_t header_checksum(const HeaderBytes& header) { return crc32c(ByteSpan(header).first(at_checksum)); }

Result<FrameHeader> parse_header(const HeaderBytes& bytes, const FrameRules& rules) {
  if (load_le<std::uint32_t>(&bytes[at_checksum]) != header_checksum(bytes))
    return Failure(Errc::checksum_mismatch, "of a frame header");
  const auto type = load_le<std::uint8_t>(&bytes[at_type]);
  const auto flags = load_le<std::uint8_t>(&bytes[at_flags]);
  const auto channel = load_le<std::uint16_t>(&bytes[at_channel]);
  if (type == 0 || type > frame_type_max)
    return broken("frame type " + std::to_string(type) + " is unknown to this version");
  FrameHeader header;
  header.type = static_cast<FrameType>(type);
  if (Failure failure = check_flags(header.type, flags, channel); failure.code) return failure;
  header.chunk.channel = static_cast<Channel>(channel);
  header.chunk.priority = static_cast<Priority>(flags & priority_bits);
  header.chunk.barrier = (flags & barrier_bit) != 0;
  header.length = load_le<std::uint32_t>(&bytes[at_length]);
  header.sequence = load_le<std::uint64_t>(&bytes[at_sequence]);
  header.session_tag = load_le<std::uint32_t>(&bytes[at_tag]);
  if (Failure failure = check_place(header, rules); failure.code) return failure;
  return header;
}

ByteVector write_frame(FrameType type, std::uint32_t session_tag, std::uint64_t sequence, ByteSpan body) {
  FrameHeader header;
  header.type = type;
  header.length = static_cast<std::uint32_t>(body.size());
  header.sequence = sequence;
  header.session_tag = session_tag;
  const HeaderBytes bytes = write_header(header);
  FieldWriter writer;
  writer.put_bytes(bytes).put_bytes(body).put(crc32c(body, header_checksum(bytes)));
  return writer.take();
}

ByteVector write(const Acknowledge& body) {
  FieldWriter writer;
  writer.put(body.messages_received).put(body.messages_taken);
  writer.put(static_cast<std::uint32_t>(body.received.size())).put(static_cast<std::uint32_t>(body.released.size()));
  put_ranges(writer, body.received);
  put_ranges(writer, body.released);
  return writer.take();
}

Result<Acknowledge> parse_acknowledge(ByteSpan body) {
  FieldReader reader(body);
  Acknowledge result;
  result.messages_received = reader.get<std::uint64_t>();
  result.messages_taken = reader.get<std::uint64_t>();
  const auto received = reader.get<std::uint32_t>();
  const auto released = reader.get<std::uint32_t>();
  const std::uint64_t count = std::uint64_t{received} + released;
  if (!reader.ok() || count > ranges_per_frame_max || reader.rest().size() != count * 2 * sizeof(std::uint64_t))
    return broken("an acknowledgement of wrong length");
  auto first = get_ranges(reader, received);
  if (first.has_error()) return first.error();
  auto second = get_ranges(reader, released);
  if (second.has_error()) return second.error();
  result.received = std::move(*first);
  result.released = std::move(*second);
  return result;
}

ByteVector write(const Synchronised& body) {
  FieldWriter writer;
  writer.put(static_cast<std::uint32_t>(body.connections.size()));
  for (const std::uint32_t id : body.connections) writer.put(id);
  return writer.take();
}

Result<Synchronised> parse_synchronised(ByteSpan body) {
  FieldReader reader(body);
  const auto count = reader.get<std::uint32_t>();
  if (!reader.ok() || count > 2 * Limits::streams_max || reader.rest().size() != count * sizeof(std::uint32_t))
    return broken("a list of streams of wrong length");
  Synchronised result;
  for (std::uint32_t i = 0; i < count; ++i) result.connections.push_back(reader.get<std::uint32_t>());
  return result;
}

ByteVector write_number(std::uint64_t number) {
  FieldWriter writer;
  writer.put(number);
  return writer.take();
}

Result<std::uint64_t> parse_number(ByteSpan body) {
  FieldReader reader(body);
  const auto number = reader.get<std::uint64_t>();
  if (!reader.ok() || !reader.at_end()) return broken("a number of wrong length");
  return number;
}

ByteVector write(const Failure& reason) {
  FieldWriter writer;
  writer.put(code_number(reason)).put_text(std::string_view(reason.detail).substr(0, reason_text_max));
  return writer.take();
}

Result<Reason> parse_abort(ByteSpan body) {
  FieldReader reader(body);
  const auto number = reader.get<std::uint32_t>();
  const std::string_view text = reader.get_text();
  if (!reader.ok() || !reader.at_end()) return {boost::system::in_place_error, broken("a reason of wrong length")};
  return Reason{{known_code(number), "the peer says: " + printable(text)}};
}

}  // namespace dwcp::amst::wire
