// What was thrown, as a value that can be told to the peer.
#pragma once

#include <exception>

#include "engine/base/error.hpp"

namespace dwcp::transfer {

Failure failure_of(const std::exception_ptr& thrown);

}  // namespace dwcp::transfer
