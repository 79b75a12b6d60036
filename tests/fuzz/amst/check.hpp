// What must hold for any bytes that claim to be of the session protocol; shared by the fuzz target and the tests.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::amst::testing {

// The first byte chooses the parser, the rest is its input. Checksums are made right first, as a wrong but careful peer
// would. What is accepted must come out the same when it is written again. Empty when all holds, else what does not.
std::string check_bytes(ByteSpan bytes);

// Good bytes for every parser, as a corpus.
std::vector<ByteVector> examples();

}  // namespace dwcp::amst::testing
