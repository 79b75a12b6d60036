// A receiving end that is given any bytes: batches one after the other, in whatever order and completed whenever the
// bytes say, through one decoder and through those of the migrations that follow. What must hold is checked; the tests
// use it with a seeded mutator, libFuzzer with coverage.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::hde::testing {

// What happens next at the receiver.
enum class Happening : std::uint8_t {
  patient,        // a batch comes; it is applied when it is complete, and waits until then
  impatient,      // a batch comes, and is applied as it is
  again,          // the batch that came so many before comes once more, by the first byte of `bytes`
  settle,         // those that wait are completed where that is possible
  give_up,        // those that wait are applied as they are
  next,           // the migration ends, and the next one begins with the window that was kept
  next_narrower,  // the same, less what the other end does not have, by the first byte
  bases           // bases are not held any more, or wrong, or there again, by the first byte
};
constexpr unsigned happenings = 8;

struct Step {
  Happening what = Happening::patient;
  ByteVector bytes;
};
// The first byte of the bytes, then steps: a byte for what, the number of bytes in three, and the bytes.
struct Session {
  // Bits 0-1: the window's budget, none, 16 KiB, 64 KiB or 1 MiB. Bit 2: no history. Bit 3: bases from a BaseCache of
  // eight pages instead of the memory. Bit 4: the checksums of the heads, of literals that are stored, and of whole
  // pages are put right, as by a careful peer.
  std::uint8_t shape = 0;
  std::vector<Step> steps;
};
constexpr std::uint8_t shape_no_history = 4, shape_cache = 8, shape_careful = 16;
constexpr std::size_t session_steps_max = 48;

Session parse_session(ByteSpan bytes);
ByteVector write_session(const Session& session);

struct SessionOutcome {
  std::size_t refused = 0, completed = 0, waited = 0, applied_pages = 0, rejected_pages = 0, migrations = 1;
};
// Throws std::logic_error when a promise of the decoder's is broken, or one of the encoder's that begins with the
// window that these bytes left.
SessionOutcome check_session(ByteSpan bytes);

}  // namespace dwcp::hde::testing
