#include "tests/fuzz/amst/check.hpp"

#include <algorithm>

#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/receive_ledger.hpp"
#include "engine/amst/send_queue.hpp"
#include "engine/amst/wire.hpp"
#include "engine/base/checksum.hpp"

namespace dwcp::amst::testing {
namespace {

using namespace wire;

enum class Parser : std::uint8_t {
  data_header,
  control_header,
  acknowledge,
  synchronised,
  number,
  abort,
  hello,
  reply,
  state,
  queue_pair
};
constexpr unsigned parsers = 10;
constexpr std::uint32_t tag = 0x11223344;

std::string check_header(ByteSpan input, bool data) {
  HeaderBytes bytes{};
  std::copy_n(input.begin(), std::min(input.size(), bytes.size()), bytes.begin());
  store_le(&bytes[16], tag);
  store_le(&bytes[20], header_checksum(bytes));
  const FrameRules rules{data, 1 << 20, tag};
  const auto header = parse_header(bytes, rules);
  if (header.has_error()) return {};
  if (header->length > rules.length_max) return "a length beyond the bound was accepted";
  return write_header(*header) == bytes ? "" : "a header reads differently from how it is written";
}

template <class Parse>
std::string check_body(ByteSpan input, Parse parse) {
  const auto body = parse(input);
  if (body.has_error()) return {};
  const ByteVector again = write(*body);
  return std::equal(again.begin(), again.end(), input.begin(), input.end()) ? "" : "a body reads differently";
}

std::string check_number(ByteSpan input) {
  const auto number = parse_number(input);
  if (number.has_error()) return {};
  const ByteVector again = write_number(*number);
  return std::equal(again.begin(), again.end(), input.begin(), input.end()) ? "" : "a number reads differently";
}

ByteVector with_checksum(ByteSpan input, std::string_view magic) {
  ByteVector whole(input.begin(), input.end());
  if (whole.size() < prefix_size + 4) whole.resize(prefix_size + 4);
  const ByteSpan letters = as_bytes(magic);
  std::copy(letters.begin(), letters.end(), whole.begin());
  store_le(whole.data() + 12, static_cast<std::uint32_t>(whole.size() - prefix_size));
  store_le(whole.data() + whole.size() - 4, crc32c(ByteSpan(whole).first(whole.size() - 4)));
  return whole;
}

// Texts of a peer are made printable, so the second reading must equal the first, not the bytes.
std::string check_hello(ByteSpan input) {
  const ByteVector whole = with_checksum(input, "DWCPAMST");
  const auto first = parse_hello(whole);
  if (first.has_error()) return {};
  const auto second = parse_hello(write(*first));
  if (second.has_error()) return "a hello that was accepted is refused when written again: " + second.error().message();
  return write(*first) == write(*second) ? "" : "a hello reads differently";
}

std::string check_reply(ByteSpan input) {
  const ByteVector whole = with_checksum(input, "DWCPAMRE");
  const auto first = parse_reply(whole);
  if (first.has_error()) return {};
  const auto second = parse_reply(write(*first));
  if (second.has_error()) return "a welcome that was accepted is refused when written again";
  return write(*first) == write(*second) ? "" : "a welcome reads differently";
}

std::string check_queue_pair(ByteSpan input) {
  const ByteVector whole = with_checksum(input, "DWCPAMQP");
  const auto offer = parse_queue_pair(whole);
  if (offer.has_error()) return {};
  const auto again = parse_queue_pair(write(*offer));
  return again.has_value() && again->address == offer->address ? "" : "a queue pair reads differently";
}

// Acknowledgements and chunks in any order against the queues: they may be refused, and never break the accounts.
std::string check_state(ByteSpan input) {
  SendQueue queue(Bytes(4096), Bytes(2048));
  ReceiveLedger ledger;
  FieldReader reader(input);
  while (reader.ok() && !reader.at_end()) {
    const auto what = reader.get<std::uint8_t>();
    const std::uint64_t a = reader.get<std::uint8_t>(), b = reader.get<std::uint8_t>();
    std::vector<Sequence> released;
    switch (what % 6) {
      case 0:
        if (queue.has_room(Priority::background, Bytes(a + 1))) queue.push({}, {Slice::adopt(ByteVector(a + 1))});
        break;
      case 1:
        queue.take(ConnectionId(b % 4), Bytes(a));
        break;
      case 2:
        queue.received({a, b});
        break;
      case 3:
        queue.released({a, b}, released);
        break;
      case 4:
        queue.requeue(ConnectionId(b % 4), Bytes(a));
        break;
      default:
        if (a > 0)
          (void)ledger.arrived(Sequence(a), {Channel{}, Priority::background, b > 200}, Slice::adopt(ByteVector(8)));
        if (const auto delivery = ledger.next()) ledger.release(delivery->sequence);
    }
    if (queue.total() > Bytes(4096) || queue.unreleased() > Bytes(2048) || queue.queued() > queue.total())
      return "the windows were exceeded";
  }
  return {};
}

ByteVector example(Parser parser, ByteSpan body) {
  ByteVector bytes(1 + body.size());
  bytes.front() = static_cast<std::byte>(parser);
  std::copy(body.begin(), body.end(), bytes.begin() + 1);
  return bytes;
}

Terms terms() {
  Terms t;
  t.chunk_max = MiB(4);
  t.receive_window = MiB(64);
  t.heartbeat = std::chrono::milliseconds(500);
  t.resume_timeout = std::chrono::minutes(5);
  t.identity = {NodeId("node"), "cluster"};
  return t;
}

}  // namespace

std::string check_bytes(ByteSpan bytes) {
  if (bytes.empty()) return {};
  const ByteSpan input = bytes.subspan(1);
  switch (static_cast<Parser>(std::to_integer<unsigned>(bytes.front()) % parsers)) {
    case Parser::data_header:
      return check_header(input, true);
    case Parser::control_header:
      return check_header(input, false);
    case Parser::acknowledge:
      return check_body(input, parse_acknowledge);
    case Parser::synchronised:
      return check_body(input, parse_synchronised);
    case Parser::number:
      return check_number(input);
    case Parser::abort:
      (void)parse_abort(input);  // its text is made printable: it is read or refused, and that is all
      return {};
    case Parser::hello:
      return check_hello(input);
    case Parser::reply:
      return check_reply(input);
    case Parser::queue_pair:
      return check_queue_pair(input);
    case Parser::state:
      break;
  }
  return check_state(input);
}

std::vector<ByteVector> examples() {
  FrameHeader chunk;
  chunk.chunk = {Channel{1}, Priority::requested, true};
  chunk.length = 1000;
  chunk.sequence = 7;
  chunk.session_tag = tag;
  Hello hello;
  hello.connection = 1;
  hello.terms = terms();
  Welcome welcome;
  welcome.version = 1;
  welcome.terms = terms();
  QueuePairOffer offer;
  offer.slots = 16;
  offer.slot_size = 65536;
  offer.address = ByteVector(40, std::byte{7});
  const ByteVector control = write_frame(FrameType::message, tag, 3, as_bytes("hello"));
  const ByteVector steps = write(Acknowledge{1, 1, {{1, 3}, {5, 6}}, {{1, 1}}});
  return {example(Parser::data_header, write_header(chunk)),
          example(Parser::control_header, control),
          example(Parser::acknowledge, steps),
          example(Parser::synchronised, write(Synchronised{{1, 2, 3}})),
          example(Parser::number, write_number(42)),
          example(Parser::abort, write(Failure(Errc::cancelled, "reason"))),
          example(Parser::hello, write(hello)),
          example(Parser::reply, write(welcome)),
          example(Parser::reply, write_refusal({Errc::refused, "no"})),
          example(Parser::queue_pair, write(offer)),
          example(Parser::queue_pair, write_no_queue_pair({Errc::unreachable, "none"})),
          example(Parser::state, steps)};
}

}  // namespace dwcp::amst::testing
