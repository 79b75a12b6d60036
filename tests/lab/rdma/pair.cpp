#include "tests/lab/rdma/pair.hpp"

#include <cstdlib>

#include "engine/base/error.hpp"

namespace dwcp::platform::native {

void tell_pair(const std::string& words) {
  const std::string command = DWCP_SOURCE_DIR "/tests/lab/rdma/pair.sh " + words;
  if (std::system(command.c_str()) != 0) throw Error(Errc::internal, command);
}

}  // namespace dwcp::platform::native
