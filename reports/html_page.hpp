// A report as one HTML file that needs no network: the template, styles and scripts of html/ with dygraphs, made one
// text at build time (cmake/ReportPage.cmake), and the data of this report, which the scripts show.
#pragma once

#include <string>
#include <string_view>

namespace dwcp::reports {

// `json`: one document with a "kind", which chooses the page (html/README.md). Title and data may hold any text:
// neither is ever read as HTML.
std::string html_page(std::string_view title, std::string_view json);

// Text for an element or an attribute in quotes.
std::string html_escaped(std::string_view text);
// JSON for a <script> element: no text in it ends the element or begins a comment.
std::string json_for_script(std::string_view json);

// A hash as a content security policy names it. Precondition: hexadecimal digits, an even number of them.
std::string base64_of_hex(std::string_view hex);

}  // namespace dwcp::reports
