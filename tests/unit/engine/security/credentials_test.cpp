#include "engine/security/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/security/cluster.hpp"

namespace dwcp::security {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

std::string reason(const Pem& pem, WallTime now = today) {
  const auto credentials = Credentials::load(pem, now);
  if (credentials) return "";
  EXPECT_EQ(credentials.error().code, make_error_code(Errc::bad_configuration));
  return credentials.error().detail;
}

TEST(Credentials, AreRead) {
  const Cluster cluster;
  const auto credentials = cluster.node("host-a");
  EXPECT_EQ(credentials->name(), PeerName("prod", NodeId("host-a")));
  EXPECT_EQ(credentials->valid_until(), this_year.until);
}

TEST(Credentials, SayWhatIsWrongWithThem) {
  const Cluster cluster, other(2);
  const Pem good = cluster.pem("host-a");
  EXPECT_THAT(reason({"", good.key, good.authorities}), HasSubstr("the certificate is none in PEM"));
  EXPECT_THAT(reason({good.certificate, "", good.authorities}), HasSubstr("the key is none in PEM, or is encrypted"));
  EXPECT_THAT(reason({good.certificate, good.key, "nonsense"}), HasSubstr("the authorities are no certificates"));
  EXPECT_THAT(reason({good.certificate, cluster.pem("host-b").key, good.authorities}),
              HasSubstr("the key (ED25519) is not that of the certificate of CN=host-a"));
  EXPECT_THAT(reason({good.certificate, good.key, other.root.certificate}),
              AllOf(HasSubstr("do not trust the certificate of CN=host-a"), HasSubstr("unable to get local issuer")));
  EXPECT_THAT(reason(good, today + 24h * 400), HasSubstr("certificate has expired"));
  EXPECT_THAT(reason(good, today - 24h * 10), HasSubstr("not yet valid"));
  EXPECT_THAT(reason({cluster.root.certificate, cluster.root.key, good.authorities}),
              HasSubstr("has 0 names dwcp://CLUSTER/NODE"));
}

}  // namespace
}  // namespace dwcp::security
