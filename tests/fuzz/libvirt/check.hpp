// What must hold for any bytes that another host passes off as libvirt's calls, or as the description of a guest;
// shared by the fuzz target and the tests.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::libvirt::testing {

// A frame as libvirt's client writes it: its length, the header, and `arguments`. Big-endian words.
struct FrameFields {
  std::uint32_t program = 0x20008086, version = 1, procedure = 1, type = 0, serial = 1, status = 0;
};
ByteVector rpc_frame(const FrameFields& fields, const std::vector<std::uint32_t>& arguments = {});

// A stream of calls, fed in pieces of `piece` bytes: whole frames come out, in order, as with any other pieces; and
// what is not a part of a migration is refused.
std::string check_stream(ByteSpan bytes, std::size_t piece);
// A description: refused with a reason, or within its bounds and the same when it is written and read again.
std::string check_description(ByteSpan bytes);
// A domain's XML: refused with a reason, or read.
std::string check_domain(ByteSpan bytes);

// The first byte chooses one of the three, and the pieces of a stream. Empty when all holds, else what does not.
std::string check_bytes(ByteSpan bytes);

// Good bytes for each, as a corpus.
std::vector<ByteVector> examples();
// A domain as libvirt writes it, with disks, an empty drive, a bridge, a network and a device of the host.
std::string domain_xml();

}  // namespace dwcp::libvirt::testing
