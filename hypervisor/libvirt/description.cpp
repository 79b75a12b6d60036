#include "hypervisor/libvirt/description.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace dwcp::libvirt {
namespace {

using Json = nlohmann::json;

constexpr int format = 1;
constexpr std::size_t token_size = 16;
constexpr std::size_t disks_max = 256;

bool is_token(const std::string& text) {
  return text.size() == token_size &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// What is no unsigned integer is refused, not converted: a fraction beyond the range has no defined value.
std::uint64_t whole_number(const Json& value) { return value.get_ref<const Json::number_unsigned_t&>(); }

void read_disks(const pugi::xml_node& devices, DomainFacts& facts) {
  for (const auto& node : devices.children("disk")) {
    const auto source = node.child("source");
    const std::string file = source.attribute("file").value(), device = source.attribute("dev").value();
    if (file.empty() && device.empty()) continue;  // empty drives, network storage
    Disk disk;
    disk.target = node.child("target").attribute("dev").value();
    disk.path = file.empty() ? device : file;
    disk.file = !file.empty();
    disk.format = node.child("driver").attribute("type").as_string("raw");
    // What is written to by one guest alone: as libvirt chooses what it copies.
    disk.travels = !node.child("readonly") && !node.child("shareable");
    facts.disks.push_back(std::move(disk));
  }
}

}  // namespace

std::string to_text(const Description& d) {
  Json disks = Json::array();
  for (const Disk& disk : d.disks)
    disks.push_back({{"target", disk.target},
                     {"path", disk.path},
                     {"format", disk.format},
                     {"file", disk.file},
                     {"travels", disk.travels},
                     {"capacity_bytes", disk.capacity.value},
                     {"allocation_bytes", disk.allocation.value}});
  return Json{
      {"format", format}, {"token", d.token}, {"qemu_version", d.qemu_version}, {"xml", d.xml}, {"disks", disks}}
      .dump();
}

Result<Description> parse_description(const std::string& text) {
  const auto bad = [](const std::string& what) {
    return Failure(Errc::protocol_error, "the source's description of its guest " + what);
  };
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != format)
      return Failure(Errc::version_mismatch, "the source describes guests in format " + json.at("format").dump() +
                                                 "; this agent reads format " + std::to_string(format));
    Description d;
    d.token = json.at("token").get<std::string>();
    d.qemu_version = whole_number(json.at("qemu_version"));
    d.xml = json.at("xml").get<std::string>();
    if (!is_token(d.token)) return bad("has the token '" + d.token + "'; 16 hexadecimal digits would be right");
    if (json.at("disks").size() > disks_max) return bad("names more than " + std::to_string(disks_max) + " disks");
    for (const Json& one : json.at("disks"))
      d.disks.push_back({.target = one.at("target").get<std::string>(),
                         .path = one.at("path").get<std::string>(),
                         .format = one.at("format").get<std::string>(),
                         .file = one.at("file").get<bool>(),
                         .travels = one.at("travels").get<bool>(),
                         .capacity = Bytes(whole_number(one.at("capacity_bytes"))),
                         .allocation = Bytes(whole_number(one.at("allocation_bytes")))});
    return d;
  } catch (const Json::exception& error) {
    return bad(std::string("cannot be read: ") + error.what());
  }
}

Result<DomainFacts> read_domain(const std::string& xml) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  const auto domain = document.child("domain");
  if (!parsed || !domain)
    return Failure(Errc::protocol_error, std::string("a domain's XML cannot be read: ") + parsed.description());
  DomainFacts facts;
  const auto devices = domain.child("devices");
  const auto type = domain.child("os").child("type");
  facts.virt_type = domain.attribute("type").value();
  facts.arch = type.attribute("arch").value();
  facts.machine = type.attribute("machine").value();
  facts.emulator = devices.child_value("emulator");
  facts.cpu_mode = domain.child("cpu").attribute("mode").value();
  facts.cpu_model = domain.child("cpu").child_value("model");
  read_disks(devices, facts);
  for (const auto& node : devices.children("interface")) {
    const auto source = node.child("source");
    if (const std::string bridge = source.attribute("bridge").value(); !bridge.empty()) facts.bridges.push_back(bridge);
    if (const std::string net = source.attribute("network").value(); !net.empty()) facts.networks.push_back(net);
    if (std::string(node.attribute("type").value()) == "hostdev")
      facts.immobile.emplace_back("a network device of the host");
  }
  for (const auto& node : devices.children("hostdev"))
    facts.immobile.push_back(std::string("a ") + node.attribute("type").as_string("host") + " device of the host");
  return facts;
}

std::string version_text(unsigned long version) {
  return std::to_string(version / 1'000'000) + '.' + std::to_string(version / 1'000 % 1'000) + '.' +
         std::to_string(version % 1'000);
}

bool may_lie_at(const std::filesystem::path& path, const std::vector<std::filesystem::path>& folders) {
  if (!path.is_absolute()) return false;
  std::error_code failed;
  const auto really = std::filesystem::weakly_canonical(path, failed);
  if (failed) return false;
  return std::any_of(folders.begin(), folders.end(), [&](const std::filesystem::path& folder) {
    const auto inside = really.lexically_relative(std::filesystem::weakly_canonical(folder, failed));
    return !failed && !inside.empty() && inside != "." && *inside.begin() != "..";
  });
}

}  // namespace dwcp::libvirt
