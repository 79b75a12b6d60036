#include "engine/amst/handshake_wire.hpp"

#include <algorithm>
#include <boost/assert.hpp>

#include "engine/amst/wire_error.hpp"
#include "engine/base/checksum.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::amst::wire {
namespace {

constexpr std::string_view hello_magic = "DWCPAMST", reply_magic = "DWCPAMRE", queue_pair_magic = "DWCPAMQP";
constexpr std::size_t at_low = 8, at_high = 10, at_length = 12;  // of a hello
constexpr std::size_t at_version = 8, at_status = 10;            // of a reply; its length is at the same place
constexpr std::size_t identity_max = 255;
constexpr Duration heartbeat_min = std::chrono::milliseconds(1);
constexpr Duration time_max = std::chrono::hours(24);

Failure broken(std::string what) { return {Errc::protocol_error, std::move(what)}; }

// Body behind its prefix, and a checksum over both.
ByteVector assemble(std::string_view magic, std::uint16_t a, std::uint16_t b, FieldWriter body) {
  const ByteVector bytes = body.take();
  FieldWriter writer;
  writer.put_bytes(as_bytes(magic)).put(a).put(b);
  writer.put(static_cast<std::uint32_t>(bytes.size() + sizeof(std::uint32_t))).put_bytes(bytes);
  ByteVector whole = writer.take();
  const std::uint32_t checksum = crc32c(whole);
  whole.resize(whole.size() + sizeof checksum);
  store_le(whole.data() + whole.size() - sizeof checksum, checksum);
  BOOST_ASSERT(whole.size() <= prefix_size + handshake_body_max);
  return whole;
}

Result<std::size_t> parse_prefix(const PrefixBytes& prefix, std::string_view magic) {
  if (as_text(ByteSpan(prefix).first(magic.size())) != magic)
    return broken("the peer does not speak this protocol (its first bytes are not '" + std::string(magic) + "')");
  const auto length = load_le<std::uint32_t>(&prefix[at_length]);
  if (length < sizeof(std::uint32_t) || length > handshake_body_max)
    return broken("a handshake of " + std::to_string(length) + " bytes; the most is " +
                  std::to_string(handshake_body_max));
  return length;
}

// The body without its checksum.
Result<ByteSpan> checked_body(ByteSpan whole) {
  if (whole.size() < prefix_size + sizeof(std::uint32_t)) return broken("a handshake that is cut off");
  const ByteSpan covered = whole.first(whole.size() - sizeof(std::uint32_t));
  if (load_le<std::uint32_t>(whole.data() + covered.size()) != crc32c(covered))
    return Failure(Errc::checksum_mismatch, "of a handshake");
  return covered.subspan(prefix_size);
}

void put(FieldWriter& writer, const Terms& terms) {
  writer.put(terms.features).put(terms.chunk_max.value).put(terms.receive_window.value);
  writer.put(static_cast<std::uint64_t>(terms.heartbeat.count()));
  writer.put(static_cast<std::uint64_t>(terms.resume_timeout.count()));
  writer.put_text(terms.identity.cluster).put_text(terms.identity.node.text);
}

Duration get_time(FieldReader& reader) {
  const auto value = reader.get<std::uint64_t>();
  return Duration(std::min<std::uint64_t>(value, static_cast<std::uint64_t>(Duration::max().count())));
}

Terms get_terms(FieldReader& reader) {
  Terms terms;
  terms.features = reader.get<std::uint64_t>();
  terms.chunk_max = Bytes(reader.get<std::uint64_t>());
  terms.receive_window = Bytes(reader.get<std::uint64_t>());
  terms.heartbeat = get_time(reader);
  terms.resume_timeout = get_time(reader);
  terms.identity.cluster = printable(reader.get_text());
  terms.identity.node = NodeId(printable(reader.get_text()));
  return terms;
}

template <std::size_t n>
void get(FieldReader& reader, std::array<std::byte, n>& into) {
  const ByteSpan bytes = reader.get_bytes(n);
  if (bytes.size() == n) std::copy(bytes.begin(), bytes.end(), into.begin());
}

}  // namespace

Result<std::uint16_t> common_version(const VersionRange& ours, const VersionRange& theirs) {
  const std::uint16_t highest = std::min(ours.high, theirs.high);
  if (ours.low <= ours.high && theirs.low <= theirs.high && highest >= std::max(ours.low, theirs.low)) return highest;
  const auto text = [](const VersionRange& r) { return std::to_string(r.low) + " to " + std::to_string(r.high); };
  return Failure(Errc::version_mismatch, "this node speaks protocol versions " + text(ours) + ", its peer " +
                                             text(theirs) + "; upgrade the older one");
}

Failure check(const Terms& terms) {
  const auto bad = [](const std::string& what) { return Failure(Errc::bad_value, what); };
  if (terms.chunk_max < Bytes(1) || terms.chunk_max > Limits::chunk_max)
    return bad("a chunk_max of " + std::to_string(terms.chunk_max.value) + " B; 1 B to " +
               to_string(Limits::chunk_max) + " would be right");
  if (terms.receive_window / 2 < terms.chunk_max)
    return bad("a receive window of " + to_string(terms.receive_window) + "; at least two chunks would be right");
  if (terms.heartbeat < heartbeat_min || terms.heartbeat > time_max) return bad("a heartbeat out of 1 ms to 24 h");
  if (terms.resume_timeout < Duration(0) || terms.resume_timeout > time_max)
    return bad("a resume timeout out of 0 to 24 h");
  const auto named = [](const std::string& s) { return !s.empty() && s.size() <= identity_max; };
  if (!named(terms.identity.cluster) || !named(terms.identity.node.text))
    return bad("names of cluster and node have 1 to 255 bytes");
  return {};
}

ByteVector write(const Hello& hello) {
  FieldWriter body;
  body.put(static_cast<std::uint8_t>(hello.role)).put(std::uint8_t{0}).put(hello.index).put(hello.connection);
  body.put_bytes(hello.session).put_bytes(hello.proof);
  put(body, hello.terms);
  return assemble(hello_magic, hello.versions.low, hello.versions.high, std::move(body));
}

ByteVector write(const Welcome& welcome) {
  FieldWriter body;
  body.put_bytes(welcome.session).put_bytes(welcome.token);
  put(body, welcome.terms);
  return assemble(reply_magic, welcome.version, 0, std::move(body));
}

ByteVector write_refusal(const Failure& reason) {
  FieldWriter body;
  body.put(version_min).put(version_max).put_text(printable(reason.detail));
  return assemble(reply_magic, 0, static_cast<std::uint16_t>(code_number(reason)), std::move(body));
}

ByteVector write(const QueuePairOffer& offer) {
  FieldWriter body;
  body.put(offer.slots).put(offer.slot_size).put_bytes(offer.address);
  return assemble(queue_pair_magic, 0, 0, std::move(body));
}

ByteVector write_no_queue_pair(const Failure& reason) {
  FieldWriter body;
  body.put_text(printable(reason.detail));
  return assemble(queue_pair_magic, 0, static_cast<std::uint16_t>(code_number(reason)), std::move(body));
}

Result<std::size_t> parse_hello_prefix(const PrefixBytes& prefix) { return parse_prefix(prefix, hello_magic); }
Result<std::size_t> parse_reply_prefix(const PrefixBytes& prefix) { return parse_prefix(prefix, reply_magic); }
Result<std::size_t> parse_queue_pair_prefix(const PrefixBytes& prefix) {
  return parse_prefix(prefix, queue_pair_magic);
}

VersionRange hello_versions(const PrefixBytes& prefix) {
  return {load_le<std::uint16_t>(&prefix[at_low]), load_le<std::uint16_t>(&prefix[at_high])};
}

Result<Hello> parse_hello(ByteSpan whole) {
  auto body = checked_body(whole);
  if (body.has_error()) return body.error();
  Hello hello;
  hello.versions = {load_le<std::uint16_t>(&whole[at_low]), load_le<std::uint16_t>(&whole[at_high])};
  FieldReader reader(*body);
  const auto role = reader.get<std::uint8_t>();
  const auto flags = reader.get<std::uint8_t>();
  hello.index = reader.get<std::uint16_t>();
  hello.connection = reader.get<std::uint32_t>();
  get(reader, hello.session);
  get(reader, hello.proof);
  hello.terms = get_terms(reader);
  if (!reader.ok() || !reader.at_end()) return broken("a hello of wrong length");
  if (role > static_cast<std::uint8_t>(Role::data_by_rdma) || flags != 0)
    return broken("a hello with a role or flags that are unknown to this version");
  hello.role = static_cast<Role>(role);
  if (hello.connection == 0) return broken("connection ids start from 1");
  if (hello.role == Role::control ? hello.index != 0 : hello.index >= Limits::streams_max)
    return broken("stream index " + std::to_string(hello.index) + "; 0 to " + std::to_string(Limits::streams_max - 1) +
                  " would be right");
  if (Failure failure = check(hello.terms); failure.code) return failure;
  return hello;
}

Result<Welcome> parse_reply(ByteSpan whole) {
  auto body = checked_body(whole);
  if (body.has_error()) return body.error();
  const auto status = load_le<std::uint16_t>(&whole[at_status]);
  FieldReader reader(*body);
  if (status != 0) {
    reader.get<std::uint32_t>();  // the range of versions, which the text says too
    const std::string text = printable(reader.get_text());
    if (!reader.ok() || !reader.at_end()) return broken("a refusal of wrong length");
    return Failure(known_code(status), "the peer says: " + text);
  }
  Welcome welcome;
  welcome.version = load_le<std::uint16_t>(&whole[at_version]);
  get(reader, welcome.session);
  get(reader, welcome.token);
  welcome.terms = get_terms(reader);
  if (!reader.ok() || !reader.at_end()) return broken("a welcome of wrong length");
  if (welcome.version < version_min || welcome.version > version_max)
    return broken("a welcome to version " + std::to_string(welcome.version) + ", which was not offered");
  if (Failure failure = check(welcome.terms); failure.code) return failure;
  return welcome;
}

Result<QueuePairOffer> parse_queue_pair(ByteSpan whole) {
  auto body = checked_body(whole);
  if (body.has_error()) return body.error();
  const auto status = load_le<std::uint16_t>(&whole[at_status]);
  FieldReader reader(*body);
  if (status != 0) {
    const std::string text = printable(reader.get_text());
    if (!reader.ok() || !reader.at_end()) return broken("a missing queue pair of wrong length");
    return Failure(known_code(status), "the peer says: " + text);
  }
  QueuePairOffer offer;
  offer.slots = reader.get<std::uint32_t>();
  offer.slot_size = reader.get<std::uint32_t>();
  const ByteSpan address = reader.get_bytes(reader.rest().size());
  offer.address.assign(address.begin(), address.end());
  if (!reader.ok() || address.empty() || address.size() > platform::QueuePair::address_max)
    return broken("a queue pair of wrong length");
  const auto within = [](std::uint32_t value, std::uint32_t low, std::uint32_t high) {
    return value >= low && value <= high;
  };
  if (!within(offer.slots, QueuePairOffer::slots_min, QueuePairOffer::slots_max) ||
      !within(offer.slot_size, QueuePairOffer::slot_min, QueuePairOffer::slot_max))
    return broken("a queue pair with " + std::to_string(offer.slots) + " slots of " + std::to_string(offer.slot_size) +
                  " bytes; 4 to 1,024 of 4 KiB to 1 MiB would be right");
  return offer;
}

}  // namespace dwcp::amst::wire
