#include "cli/transfer/addresses.hpp"

#include <gtest/gtest.h>

namespace dwcp::cli {
namespace {

TEST(Addresses, LiteralsAreTakenAsTheyAre) {
  const auto found = resolve("10.1.2.3:4700").value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(to_string(found[0]), "10.1.2.3:4700");
  EXPECT_EQ(to_string(resolve("[::1]:80").value()[0]), "[::1]:80");
}

TEST(Addresses, LocalhostIsKnownEverywhere) {
  const auto found = resolve("localhost:4700");
  ASSERT_TRUE(found) << found.error().message();
  for (const auto& endpoint : *found) {
    EXPECT_TRUE(endpoint.address.is_loopback());
    EXPECT_EQ(endpoint.port, 4700);
  }
}

TEST(Addresses, WhatIsNoneIsNamed) {
  for (const char* text : {"localhost", "10.0.0.1", ":80", "host:", "host:99999", "host:8x", "::1:80", "a b:80"}) {
    const auto found = resolve(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, make_error_code(Errc::bad_value)) << text;
    EXPECT_NE(found.error().detail.find(std::string(text).substr(0, 1)), std::string::npos);
  }
}

TEST(Addresses, AnUnknownNameIsNotFound) {
  const auto found = resolve("no-such-host.invalid:80");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, make_error_code(Errc::not_found));
  EXPECT_NE(found.error().detail.find("no-such-host.invalid"), std::string::npos);
}

}  // namespace
}  // namespace dwcp::cli
