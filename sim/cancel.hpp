// Joins a pending operation to its handler's cancellation slot.
#pragma once

#include <boost/asio/cancellation_type.hpp>

#include "engine/platform/handler.hpp"

namespace dwcp::sim {

// Calls `cancel` when the handler's owner asks for cancellation. Handler::complete() and drop() clear the slot, so that
// `cancel` is never called for an operation that has ended.
template <class F>
void on_cancel(const platform::Handler& handler, F cancel) {
  auto slot = handler.get_cancellation_slot();
  if (slot.is_connected())
    slot.assign([cancel = std::move(cancel)](asio::cancellation_type type) {
      if (type == asio::cancellation_type::none) return;
      auto local = cancel;  // completing the operation clears the slot, and with it this very function object
      local();
    });
}

}  // namespace dwcp::sim
