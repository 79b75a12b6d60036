// Streams for the tests: composed ones and captures of real QEMUs.
#pragma once

#include <string>
#include <vector>

#include "hypervisor/qemu_stream/compose.hpp"
#include "hypervisor/qemu_stream/writer.hpp"

namespace dwcp::qemu_stream::testing {

// Two blocks: "pc.ram" of 64 pages, "vga.vram" of 8; section id 2.
StreamHead small_head();

// The composed stream of a small guest: prefix, a command, PART sections with both kinds of pages in both blocks, END
// with pages in it, device state, description. `contents` fills the pages.
ByteVector small_stream(std::uint64_t contents = 1);

// A page of pseudo-random bytes, never all zero.
ByteVector random_page(std::uint64_t seed);

// Names of the captures in tests/data/qemu_stream, and one of them, uncompressed.
std::vector<std::string> captures();
ByteVector load_capture(const std::string& name);

}  // namespace dwcp::qemu_stream::testing
