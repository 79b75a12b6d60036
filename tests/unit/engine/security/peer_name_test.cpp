#include "engine/security/peer_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dwcp::security {
namespace {

using testing::HasSubstr;

TEST(PeerName, GoesThroughItsUri) {
  EXPECT_EQ(to_uri({"prod", NodeId("host-a.example")}), "dwcp://prod/host-a.example");
  EXPECT_EQ(to_uri({"a b", NodeId("x/y,%")}), "dwcp://a%20b/x%2Fy%2C%25");
  for (const std::string& part : {std::string("prod"), std::string("a b/c,d%\x01\xff"), std::string(255, 'n')}) {
    const PeerName name(part, NodeId(part));
    EXPECT_EQ(parse_uri(to_uri(name)).value(), name);
  }
}

TEST(PeerName, WhatIsNoneIsRefused) {
  for (const std::string& uri : {std::string(), std::string("dwcp://"), std::string("dwcp://prod"),
                                 std::string("dwcp://prod/"), std::string("dwcp:///host"), std::string("http://a/b"),
                                 std::string("dwcp://a/b/c"), std::string("dwcp://a/b%2"), std::string("dwcp://a/%zz"),
                                 std::string("dwcp://a/b c"), "dwcp://a/" + std::string(256, 'n')}) {
    const auto name = parse_uri(uri);
    ASSERT_TRUE(name.has_error()) << uri;
    EXPECT_EQ(name.error().code, make_error_code(Errc::bad_value));
    EXPECT_THAT(name.error().detail, HasSubstr("dwcp://CLUSTER/NODE would be right"));
  }
}

}  // namespace
}  // namespace dwcp::security
