#include "reports/html_page.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/html_text.hpp"
#include "tests/unit/reports/embedded.hpp"

namespace dwcp::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&\"'";

TEST(HtmlPage, TextIsNeverHtml) {
  const std::string json = nlohmann::json{{"kind", "run"}, {"name", evil}}.dump();
  const std::string page = html_page(evil, json);
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("<title>&lt;/script&gt;&lt;script&gt;alert(1)"));
  EXPECT_EQ(nlohmann::json::parse(embedded_data(page))["name"], evil);
}

TEST(HtmlPage, WhatLooksLikeAMarkOfTheTemplateStaysText) {
  const std::string page = html_page("@DATA@", R"({"name":"@TITLE@ @SCRIPT_HASH@"})");
  EXPECT_THAT(page, HasSubstr("<title>@DATA@</title>"));
  EXPECT_EQ(embedded_data(page), R"({"name":"@TITLE@ @SCRIPT_HASH@"})");
}

TEST(HtmlPage, AllowsItsOwnScriptAndNoNetwork) {
  const std::string page = html_page("t", "{}");
  EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha256-" + base64_of_hex(html_script_sha256()) + "'"));
  EXPECT_EQ(html_script_sha256().size(), 64u);
  EXPECT_THAT(page, Not(HasSubstr("@S")));
  EXPECT_THAT(page, Not(HasSubstr("sourceMappingURL")));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(page, HasSubstr("Dygraph"));
}

TEST(HtmlPage, HashesAreNamedInBase64) {
  EXPECT_EQ(base64_of_hex(""), "");
  EXPECT_EQ(base64_of_hex("4d"), "TQ==");
  EXPECT_EQ(base64_of_hex("4d61"), "TWE=");
  EXPECT_EQ(base64_of_hex("4D616e"), "TWFu");
  EXPECT_EQ(base64_of_hex("fbff"), "+/8=");
}

}  // namespace
}  // namespace dwcp::reports
