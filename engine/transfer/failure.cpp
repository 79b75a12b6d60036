#include "engine/transfer/failure.hpp"

#include <boost/asio/error.hpp>

namespace dwcp::transfer {

Failure failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return {error.code(), error.detail()};
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) return {Errc::cancelled, "stopped by its user"};
    return {error.code(), error.what()};
  } catch (const std::exception& error) {
    return {Errc::internal, error.what()};
  }
}

}  // namespace dwcp::transfer
