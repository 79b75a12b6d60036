#include "engine/security/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/security/cluster.hpp"

namespace dwcp::security {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(Authority, IssuesWhatItSays) {
  const Cluster cluster;
  const CertificateFacts root = describe(cluster.root.certificate).value();
  EXPECT_TRUE(root.authority);
  EXPECT_EQ(root.subject, "CN=dwcp authority of prod");
  EXPECT_EQ(root.issuer, root.subject);
  EXPECT_EQ(root.name, "");

  const CertificateFacts node = describe(cluster.pem("host-a").certificate).value();
  EXPECT_FALSE(node.authority);
  EXPECT_EQ(node.subject, "CN=host-a");
  EXPECT_EQ(node.issuer, root.subject);
  EXPECT_EQ(node.name, "dwcp://prod/host-a");
  EXPECT_EQ(node.key, "ED25519");
  EXPECT_EQ(node.valid_from, this_year.from);
  EXPECT_EQ(node.valid_until, this_year.until);
  EXPECT_EQ(node.serial.size(), 32u);
  EXPECT_EQ(node.fingerprint.size(), 95u);
  EXPECT_NE(node.serial, describe(cluster.pem("host-b").certificate)->serial);
}

TEST(Authority, NothingThatItIssuesOutlivesIt) {
  const Cluster cluster(1, {today, today + 48h});
  EXPECT_EQ(describe(cluster.pem("host-a").certificate)->valid_until, today + 48h);
}

TEST(Authority, IsTheSameFromTheSameBytes) {
  EXPECT_EQ(Cluster(7).root.certificate, Cluster(7).root.certificate);
  EXPECT_EQ(Cluster(7).pem("a").certificate, Cluster(7).pem("a").certificate);
  EXPECT_NE(Cluster(7).root.certificate, Cluster(8).root.certificate);
}

TEST(Authority, OddNamesStayWhole) {
  const Cluster cluster;
  const std::string odd = "rack 3/host,\"x\"\n" + std::string(100, 'n');
  const auto credentials = Credentials::load(cluster.pem(odd), today);
  ASSERT_TRUE(credentials) << credentials.error().detail;
  EXPECT_EQ((*credentials)->name(), PeerName("prod", NodeId(odd)));
}

TEST(Authority, WhatIsNoneIsRefused) {
  const Cluster cluster, other(2);
  const auto reason = [](const Issued& own) {
    const auto authority = Authority::load(own);
    return authority ? std::string() : authority.error().detail;
  };
  EXPECT_THAT(reason({"", cluster.root.key}), HasSubstr("certificate is none in PEM"));
  EXPECT_THAT(reason({cluster.root.certificate, "x"}), HasSubstr("key is none in PEM"));
  EXPECT_THAT(reason({cluster.root.certificate, other.root.key}), HasSubstr("the key is not that of the certificate"));
  const Pem node = cluster.pem("host-a");
  EXPECT_THAT(reason({node.certificate, node.key}), HasSubstr("CN=host-a is no authority's"));
  EXPECT_TRUE(describe("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").has_error());
}

}  // namespace
}  // namespace dwcp::security
