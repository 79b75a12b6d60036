// Changes sessions as a peer might: batches are damaged, lost, doubled and reordered, and what the receiver does comes
// at other times.
#pragma once

#include <functional>
#include <span>

#include "engine/base/random.hpp"
#include "tests/fuzz/hde/session.hpp"

namespace dwcp::hde::testing {

// Changes bytes in place, and may make them fewer or more, up to `size_max`.
using MutateBytes = std::function<void(ByteVector& bytes, std::size_t size_max)>;

// Makes one to four changes. `good` are sessions whose batches may be put in. The result is written in at most
// `size_max` bytes: steps at the end are left out.
void mutate(Session& session, Random& random, std::span<const Session> good, const MutateBytes& mutate_bytes,
            std::size_t size_max);

// Steps of both, in the order of each.
Session crossed(const Session& a, const Session& b, Random& random, std::size_t size_max);

}  // namespace dwcp::hde::testing
