// Made at build time of html/ and dygraphs by cmake/ReportPage.cmake.
#pragma once

#include <string_view>

namespace dwcp::reports {

std::string_view html_page_text();
std::string_view html_script_sha256();  // of the text of its script element, in hexadecimal digits

}  // namespace dwcp::reports
