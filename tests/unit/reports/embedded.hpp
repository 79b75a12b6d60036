// The data in the page of a report.
#pragma once

#include <string>

namespace dwcp::reports {

inline std::string embedded_data(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("</script>", at) - at);
}

}  // namespace dwcp::reports
