#include "tests/fuzz/libvirt/check.hpp"

#include <algorithm>

#include "hypervisor/libvirt/description.hpp"
#include "hypervisor/libvirt/rpc_frames.hpp"

namespace dwcp::libvirt::testing {
namespace {

constexpr std::uint32_t remote_program = 0x20008086, keepalive_program = 0x6b656570;
constexpr std::uint32_t finish3_params = 306;
constexpr unsigned checks = 3;

struct Cut {
  std::vector<ByteVector> frames;
  bool refused = false;
};

Cut cut(ByteSpan bytes, std::size_t piece) {
  Cut result;
  RpcSplitter splitter;
  while (!bytes.empty()) {
    const std::size_t count = std::min(piece, bytes.size());
    splitter.feed(bytes.first(count));
    bytes = bytes.subspan(count);
    for (;;) {
      auto frame = splitter.next();
      if (!frame) {
        result.refused = true;
        return result;
      }
      if (!*frame) break;
      result.frames.push_back(std::move(**frame));
    }
  }
  return result;
}

std::string check_frame(ByteSpan frame) {
  const RpcHeader header = header_of(frame);
  const RpcVerdict verdict = judge_client_frame(frame);
  const bool is_call = header.program == remote_program && header.type == static_cast<std::uint32_t>(RpcType::call);
  if (verdict == RpcVerdict::pass && !is_call && header.program != keepalive_program)
    return "something passes that is neither a call nor a sign of life";
  const bool finishes = verdict == RpcVerdict::finish || verdict == RpcVerdict::finish_cancelled;
  if (finishes && !(is_call && header.procedure == finish3_params)) return "another call is taken for Finish";
  if (verdict == RpcVerdict::pass && is_call && header.procedure == finish3_params)
    return "Finish passes without the hand-over's decision";
  bool failed = false;
  if (is_reply_to(frame, header.serial, failed) && is_keepalive_ping(frame))
    return "a sign of life is taken for a reply";
  return {};
}

ByteVector chosen(unsigned which, ByteSpan body) {
  ByteVector bytes(1 + body.size());
  bytes.front() = static_cast<std::byte>(which);
  std::copy(body.begin(), body.end(), bytes.begin() + 1);
  return bytes;
}

Description description() {
  Description d;
  d.token = "0123456789abcdef";
  d.qemu_version = 10'000'002;
  d.xml = domain_xml();
  d.disks = {{.target = "vda",
              .path = "/var/lib/libvirt/images/web-1.qcow2",
              .format = "qcow2",
              .file = true,
              .travels = true,
              .capacity = GiB(20),
              .allocation = GiB(3)},
             {.target = "vdb", .path = "/dev/vg/data", .format = "raw", .file = false}};
  return d;
}

}  // namespace

ByteVector rpc_frame(const FrameFields& f, const std::vector<std::uint32_t>& arguments) {
  std::vector<std::uint32_t> words{0, f.program, f.version, f.procedure, f.type, f.serial, f.status};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.front() = static_cast<std::uint32_t>(words.size() * 4);
  ByteVector frame(words.size() * 4);
  for (std::size_t i = 0; i < words.size(); ++i) store_be(frame.data() + i * 4, words[i]);
  return frame;
}

std::string check_stream(ByteSpan bytes, std::size_t piece) {
  const Cut once = cut(bytes, std::max<std::size_t>(bytes.size(), 1)), pieces = cut(bytes, piece);
  if (once.frames != pieces.frames || once.refused != pieces.refused) return "other pieces make other frames";
  auto at = bytes.begin();
  for (const ByteVector& frame : once.frames) {
    if (frame.size() < 28 || frame.size() != load_be<std::uint32_t>(frame.data())) return "a frame of a wrong length";
    if (!std::equal(frame.begin(), frame.end(), at)) return "a frame is not what was fed";
    at += static_cast<std::ptrdiff_t>(frame.size());
    if (auto wrong = check_frame(frame); !wrong.empty()) return wrong;
  }
  return {};
}

std::string check_description(ByteSpan bytes) {
  const auto first = parse_description(std::string(as_text(bytes)));
  if (first.has_error()) return first.error().detail.empty() ? "a refusal without a reason" : "";
  if (first->disks.size() > 256) return "more disks than the bound were accepted";
  if (first->token.find_first_not_of("0123456789abcdef") != std::string::npos || first->token.size() != 16)
    return "a token that is none was accepted";
  const std::string again = to_text(*first);
  const auto second = parse_description(again);
  if (second.has_error()) return "what was accepted is refused when it is written again: " + second.error().message();
  if (to_text(*second) != again) return "a description reads differently from how it is written";
  return check_domain(as_bytes(first->xml));
}

std::string check_domain(ByteSpan bytes) {
  const auto facts = read_domain(std::string(as_text(bytes)));
  if (facts.has_error()) return facts.error().detail.empty() ? "a refusal without a reason" : "";
  for (const Disk& disk : facts->disks)
    if (disk.path.empty()) return "a disk without a source was accepted";
  return {};
}

std::string check_bytes(ByteSpan bytes) {
  if (bytes.empty()) return {};
  const unsigned first = std::to_integer<unsigned>(bytes.front());
  const ByteSpan input = bytes.subspan(1);
  switch (first % checks) {
    case 0:
      return check_stream(input, first / checks + 1);
    case 1:
      return check_description(input);
    default:
      return check_domain(input);
  }
}

std::vector<ByteVector> examples() {
  ByteVector calls;
  for (const ByteVector& frame : {rpc_frame({.procedure = 1}, {1, 14, 0}), rpc_frame({.procedure = 303}, {1, 2, 3}),
                                  rpc_frame({.program = keepalive_program, .procedure = 1, .type = 2}),
                                  rpc_frame({.procedure = 306}, {1, 0}), rpc_frame({.procedure = 306}, {1, 1})})
    calls.insert(calls.end(), frame.begin(), frame.end());
  return {chosen(0, calls), chosen(3 * 13, calls), chosen(1, as_bytes(to_text(description()))),
          chosen(2, as_bytes(domain_xml()))};
}

std::string domain_xml() {
  return R"(<domain type='kvm' id='7'>
  <name>web-1</name>
  <memory unit='KiB'>1048576</memory>
  <os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>
  <cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Skylake-Client</model></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/web-1.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='block' device='disk'><source dev='/dev/vg/data'/><target dev='vdb' bus='virtio'/><shareable/></disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/tools.iso'/><target dev='sda' bus='sata'/><readonly/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><readonly/></disk>
    <disk type='network' device='disk'><source protocol='rbd' name='pool/image'/><target dev='vdc' bus='virtio'/></disk>
    <interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <interface type='hostdev'><source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source></interface>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/></source></hostdev>
  </devices>
</domain>
)";
}

}  // namespace dwcp::libvirt::testing
