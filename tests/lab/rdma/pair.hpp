// What is done to the two devices, and to the link between them, in the midst of a test.
#pragma once

#include <string>

namespace dwcp::platform::native {

// Runs pair.sh with these words, which takes 0.1 to 1 s. Throws Error(internal) when it fails.
void tell_pair(const std::string& words);

}  // namespace dwcp::platform::native
