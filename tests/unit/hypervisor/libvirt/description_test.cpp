#include "hypervisor/libvirt/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/fuzz/libvirt/check.hpp"

namespace dwcp::libvirt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

Description sample() {
  Description d;
  d.token = "00ff00ff00ff00ff";
  d.qemu_version = 10'000'002;
  d.xml = "<domain>\n  <name>zwölf \"Gäste\"</name>\n</domain>";
  d.disks = {{.target = "vda",
              .path = "/images/a.qcow2",
              .format = "qcow2",
              .file = true,
              .travels = true,
              .capacity = GiB(20),
              .allocation = GiB(3)},
             {.target = "vdb", .path = "/dev/vg/data", .format = "raw", .file = false}};
  return d;
}

// The sample with one change; what is said when it is read.
template <class Change>
Failure refused(Change change) {
  Json json = Json::parse(to_text(sample()));
  change(json);
  const auto parsed = parse_description(json.dump());
  return parsed.has_error() ? parsed.error() : Failure(Errc::internal, "it was accepted");
}

TEST(Description, RoundTrip) {
  const Description out = sample();
  const Description in = parse_description(to_text(out)).value();
  EXPECT_EQ(in.token, out.token);
  EXPECT_EQ(in.qemu_version, out.qemu_version);
  EXPECT_EQ(in.xml, out.xml);
  ASSERT_EQ(in.disks.size(), out.disks.size());
  for (std::size_t i = 0; i < in.disks.size(); ++i) {
    EXPECT_EQ(in.disks[i].target, out.disks[i].target);
    EXPECT_EQ(in.disks[i].path, out.disks[i].path);
    EXPECT_EQ(in.disks[i].format, out.disks[i].format);
    EXPECT_EQ(in.disks[i].file, out.disks[i].file);
    EXPECT_EQ(in.disks[i].travels, out.disks[i].travels);
    EXPECT_EQ(in.disks[i].capacity, out.disks[i].capacity);
    EXPECT_EQ(in.disks[i].allocation, out.disks[i].allocation);
  }
}

TEST(Description, TokenNamesAFolderAndNothingElse) {
  for (const std::string token : {"", "../../../../etc/", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF",
                                  "0123456789abcde/", "0123456789abcd..", "0123456789abcde\n"}) {
    const Failure failure = refused([&](Json& json) { json["token"] = token; });
    EXPECT_EQ(failure.code, make_error_code(Errc::protocol_error)) << token;
    EXPECT_THAT(failure.detail, HasSubstr("16 hexadecimal digits would be right")) << token;
  }
}

TEST(Description, BoundsTheDisks) {
  const auto with_disks = [](std::size_t count) {
    Description d = sample();
    d.disks.resize(count, d.disks.front());
    return parse_description(to_text(d));
  };
  EXPECT_EQ(with_disks(256)->disks.size(), 256u);
  ASSERT_TRUE(with_disks(257).has_error());
  EXPECT_THAT(with_disks(257).error().detail, HasSubstr("names more than 256 disks"));
}

TEST(Description, OfAnotherFormatIsAMatterOfVersions) {
  const Failure failure = refused([](Json& json) { json["format"] = 2; });
  EXPECT_EQ(failure.code, make_error_code(Errc::version_mismatch));
  EXPECT_THAT(failure.detail, HasSubstr("format 2; this agent reads format 1"));
}

TEST(Description, WantsEveryFieldInItsKind) {
  for (const char* field : {"format", "token", "qemu_version", "xml", "disks"}) {
    EXPECT_THAT(refused([&](Json& json) { json.erase(field); }).detail, HasSubstr("cannot be read")) << field;
  }
  for (const char* field : {"token", "qemu_version", "xml", "disks"}) {
    const Failure failure = refused([&](Json& json) { json[field] = Json::array({nullptr}); });
    EXPECT_THAT(failure.detail, HasSubstr("cannot be read")) << field;
  }
  for (const char* field : {"target", "path", "format", "file", "travels", "capacity_bytes", "allocation_bytes"}) {
    EXPECT_THAT(refused([&](Json& json) { json["disks"][1].erase(field); }).detail, HasSubstr("cannot be read"))
        << field;
    EXPECT_THAT(refused([&](Json& json) { json["disks"][1][field] = nullptr; }).detail, HasSubstr("cannot be read"))
        << field;
  }
}

TEST(Description, CountsInWholeNumbers) {
  for (const Json& number : {Json(-1), Json(1.5), Json(1e80), Json(-1e80), Json(true)}) {
    EXPECT_THAT(refused([&](Json& json) { json["qemu_version"] = number; }).detail, HasSubstr("cannot be read"))
        << number;
    for (const char* field : {"capacity_bytes", "allocation_bytes"})
      EXPECT_THAT(refused([&](Json& json) { json["disks"][0][field] = number; }).detail, HasSubstr("cannot be read"))
          << field << number;
  }
}

TEST(Description, IsRefusedWhereItIsNoText) {
  const std::string latin_1("{\"format\":\"\xe4\"}");
  for (const std::string& text : {std::string(), std::string("null"), std::string("[]"), std::string("{"), latin_1,
                                  std::string(100'000, '['), std::string(64, '\0')}) {
    const auto parsed = parse_description(text);
    ASSERT_TRUE(parsed.has_error());
    EXPECT_THAT(parsed.error().detail, HasSubstr("the source's description of its guest"));
  }
}

TEST(Domain, TellsWhatMattersOfAGuest) {
  const DomainFacts facts = read_domain(testing::domain_xml()).value();
  EXPECT_EQ(facts.virt_type, "kvm");
  EXPECT_EQ(facts.arch, "x86_64");
  EXPECT_EQ(facts.machine, "pc-q35-10.0");
  EXPECT_EQ(facts.emulator, "/usr/bin/qemu-system-x86_64");
  EXPECT_EQ(facts.cpu_mode, "custom");
  EXPECT_EQ(facts.cpu_model, "Skylake-Client");
  EXPECT_THAT(facts.bridges, ElementsAre("br0"));
  EXPECT_THAT(facts.networks, ElementsAre("default"));
  EXPECT_THAT(facts.immobile, ElementsAre("a network device of the host", "a usb device of the host"));
}

TEST(Domain, KnowsDisksWithALocalSource) {
  const auto disks = read_domain(testing::domain_xml())->disks;
  ASSERT_EQ(disks.size(), 3u) << "neither the empty drive nor the one in the network";
  EXPECT_EQ(disks[0].target, "vda");
  EXPECT_EQ(disks[0].path, "/var/lib/libvirt/images/web-1.qcow2");
  EXPECT_EQ(disks[0].format, "qcow2");
  EXPECT_TRUE(disks[0].file);
  EXPECT_TRUE(disks[0].travels);
  EXPECT_EQ(disks[1].path, "/dev/vg/data");
  EXPECT_EQ(disks[1].format, "raw") << "where no driver says so";
  EXPECT_FALSE(disks[1].file);
  EXPECT_FALSE(disks[1].travels) << "shareable";
  EXPECT_EQ(disks[2].target, "sda");
  EXPECT_FALSE(disks[2].travels) << "read-only";
}

TEST(Domain, OfLittleIsReadAllTheSame) {
  const DomainFacts facts = read_domain("<domain/>").value();
  EXPECT_EQ(facts.virt_type, "");
  EXPECT_THAT(facts.disks, IsEmpty());
  EXPECT_THAT(facts.immobile, IsEmpty());
}

TEST(Domain, ThatIsNoneIsRefused) {
  for (const char* xml : {"", "web-1", "<domain>", "<network/>", "<domain><devices></domain>"}) {
    const auto facts = read_domain(xml);
    ASSERT_TRUE(facts.has_error()) << xml;
    EXPECT_EQ(facts.error().code, make_error_code(Errc::protocol_error));
    EXPECT_THAT(facts.error().detail, HasSubstr("a domain's XML cannot be read")) << xml;
  }
}

TEST(DiskFolders, HoldWhatReallyLiesInThem) {
  const auto root = std::filesystem::path(::testing::TempDir()) / ("disk-folders-" + std::to_string(getpid()));
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root / "images/deep");
  std::filesystem::create_directory_symlink(root, root / "images/out");
  const std::vector<std::filesystem::path> folders = {"/nowhere", root / "images"};
  EXPECT_TRUE(may_lie_at(root / "images/web-1.raw", folders));
  EXPECT_TRUE(may_lie_at(root / "images/deep/web-1.raw", folders));
  EXPECT_TRUE(may_lie_at("/nowhere/web-1.raw", folders));
  EXPECT_FALSE(may_lie_at(root / "images", folders)) << "the folder itself";
  EXPECT_FALSE(may_lie_at(root / "images/../passwd", folders));
  EXPECT_FALSE(may_lie_at(root / "images/out/passwd", folders)) << "by a link";
  EXPECT_FALSE(may_lie_at(root / "images-2/web-1.raw", folders));
  EXPECT_FALSE(may_lie_at("images/web-1.raw", {"."})) << "relative";
  EXPECT_FALSE(may_lie_at(root / "images/web-1.raw", {}));
}

TEST(Version, IsWrittenAsPeopleDo) {
  EXPECT_EQ(version_text(10'000'002), "10.0.2");
  EXPECT_EQ(version_text(7'002'022), "7.2.22");
  EXPECT_EQ(version_text(0), "0.0.0");
}

}  // namespace
}  // namespace dwcp::libvirt
