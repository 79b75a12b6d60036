// What must hold for any bytes that are given to the decoder; the tests use it with a seeded mutator, libFuzzer with
// coverage.
#pragma once

#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde::testing {

// Puts the right checksum behind the head, so that changed heads get past it. Nothing happens when there is no place.
void reseal(MutableByteSpan batch);

// Decodes `batch` in a decoder that has decoded `history`, and throws std::logic_error when a promise of the decoder's
// is broken: counts that do not add up, pages outside their block, a second decoding that applies again. Returns
// whether the batch was accepted.
bool check_batch(ByteSpan batch, std::span<const ByteVector> history = {});

// Good batches of every kind that follow one another: each has those before it as its history.
std::vector<ByteVector> sample_batches(Codec codec);

}  // namespace dwcp::hde::testing
