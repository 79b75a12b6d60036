#include "cli/exit_codes.hpp"

namespace dwcp::cli {

ExitCode exit_code_of(const ErrorCode& code) {
  if (!code) return ExitCode::passed;
  if (code.category() != error_category()) return ExitCode::failed;
  switch (static_cast<Errc>(code.value())) {
    case Errc::bad_scenario:
      return ExitCode::invalid_scenario;
    case Errc::cancelled:
      return ExitCode::aborted;
    case Errc::bad_unit:
    case Errc::bad_value:
    case Errc::bad_configuration:
    case Errc::not_found:
    case Errc::already_exists:
      return ExitCode::usage;
    default:
      return ExitCode::failed;
  }
}

}  // namespace dwcp::cli
