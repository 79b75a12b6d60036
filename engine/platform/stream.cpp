#include "engine/platform/stream.hpp"

namespace dwcp::platform {

std::string_view name_of(CongestionControl congestion) {
  switch (congestion) {
    case CongestionControl::bbr:
      return "bbr";
    case CongestionControl::cubic:
      return "cubic";
    case CongestionControl::by_path:
      return "by path";
    case CongestionControl::platform_default:
      break;
  }
  return "the system's own";
}

}  // namespace dwcp::platform
