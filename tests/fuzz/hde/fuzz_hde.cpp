// libFuzzer target: any bytes are taken as what comes to a receiver (session.hpp). The mutations know what such a
// session is made of, and the checksums of heads are put right, or nothing would get past them.
#include <algorithm>
#include <cstdint>

#include "tests/fuzz/examples.hpp"
#include "tests/fuzz/hde/examples.hpp"
#include "tests/fuzz/hde/mutate.hpp"
#include "tests/fuzz/hde/session.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

using namespace dwcp;
using namespace dwcp::hde::testing;

const std::vector<Session>& good() {
  static const std::vector<Session> sessions = example_sessions();
  return sessions;
}

std::vector<ByteVector> written_examples() {
  std::vector<ByteVector> all;
  for (const Session& session : good()) all.push_back(write_session(session));
  return all;
}

void by_libfuzzer(ByteVector& bytes, std::size_t size_max) {
  // An insertion has room, and what is large stays about as large.
  const std::size_t room = std::min(std::max<std::size_t>(size_max, 1), bytes.size() + 64);
  const std::size_t size = std::min(bytes.size(), room);
  bytes.resize(room);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, room));
}

std::size_t put(const Session& session, std::uint8_t* data) {
  const ByteVector bytes = write_session(session);
  std::ranges::copy(bytes, reinterpret_cast<std::byte*>(data));
  return bytes.size();
}

ByteSpan span_of(const std::uint8_t* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  fuzz::write_examples_if_asked(*argc, *argv, written_examples);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_session(span_of(data, size));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  Random random(seed);
  Session session = parse_session(span_of(data, size));
  mutate(session, random, good(), by_libfuzzer, size_max);
  return put(session, data);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                                 std::size_t b_size, std::uint8_t* out, std::size_t size_max,
                                                 unsigned seed) {
  Random random(seed);
  return put(crossed(parse_session(span_of(a, a_size)), parse_session(span_of(b, b_size)), random, size_max), out);
}
