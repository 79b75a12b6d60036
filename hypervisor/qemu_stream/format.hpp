// QEMU's RAM migration stream, versions 7.2 to 10: the numbers on the wire and the types of its pieces.
// Everything is big-endian. The source of truth is QEMU's docs/devel/migration and its streams
// (tests/data/qemu_stream).
//
//   stream  := magic version [configuration] { command } { section } EOF [description]
//   section := START|FULL id name instance version  contents  footer
//            | PART|END   id                        contents  footer
//   RAM's START contents := total|MEM_SIZE  { block }  EOS
//   RAM's PART and END   := { record } EOS
//   record := (offset|PAGE|CONTINUE?) [block name] 4096 bytes  |  (offset|ZERO|CONTINUE?) [block name] 0x00
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::qemu_stream {

constexpr std::uint32_t stream_magic = 0x5145564d;    // "QEVM"
constexpr std::uint32_t multifd_magic = 0x11223344;   // opens the other channels of a multifd migration
constexpr std::uint32_t stream_version = 3;           // since 2009
constexpr std::uint32_t ram_section_version = 4;      // since 2011
constexpr std::string_view ram_section_name = "ram";  // its section's name

enum class Mark : std::uint8_t {
  end_of_stream = 0x00,
  section_start = 0x01,
  section_part = 0x02,
  section_end = 0x03,
  section_full = 0x04,
  subsection = 0x05,
  description = 0x06,
  configuration = 0x07,
  command = 0x08,
  section_footer = 0x7e,
};

// Commands by which a source announces post-copy; the numbers below packaged pass through unread.
constexpr std::uint16_t command_packaged = 8;

// The low 12 bits of a record's 64-bit header; the upper ones are the page's offset in its block.
namespace flag {
constexpr std::uint64_t zero = 0x002;
constexpr std::uint64_t mem_size = 0x004;
constexpr std::uint64_t page = 0x008;
constexpr std::uint64_t end_of_section = 0x010;
constexpr std::uint64_t same_block = 0x020;  // the block's name is not repeated; holds across sections
constexpr std::uint64_t xbzrle = 0x040;
constexpr std::uint64_t hook = 0x080;  // RDMA
constexpr std::uint64_t compressed = 0x100;
constexpr std::uint64_t multifd_flush = 0x200;
constexpr std::uint64_t mask = 0xfff;
}  // namespace flag

// A stream that goes beyond one of these is refused.
constexpr std::size_t blocks_max = 1024;
constexpr std::size_t machine_name_max = 1024;
constexpr std::size_t capabilities_max = 256;
constexpr std::size_t name_max = 255;  // the length is one byte
constexpr Bytes ram_max{std::uint64_t{1} << 56};

using BlockIndex = Quantity<struct BlockIndexTag>;  // position in the stream's block list
using PageSpan = std::span<const std::byte, page_size.value>;

// One RAM block ("pc.ram", "vga.vram", …) as the stream's START section lists it.
struct RamBlock {
  std::string name;                           // 1..255 bytes
  Bytes length;                               // used length, a multiple of page_size
  std::optional<Bytes> host_page_size = {};   // listed only for huge-page blocks under the post-copy capability
  std::optional<std::uint64_t> address = {};  // listed only under x-ignore-shared

  std::uint64_t pages() const { return length.value / page_size.value; }
  friend bool operator==(const RamBlock&, const RamBlock&) = default;
};

struct RamLayout {
  std::uint32_t section_id = 0;
  std::vector<RamBlock> blocks;

  std::optional<BlockIndex> find(std::string_view name) const;
  Bytes total() const;
  friend bool operator==(const RamLayout&, const RamLayout&) = default;
};

// A page to be written. `bytes` is empty for a page of zeroes, else exactly page_size long.
struct PageRecord {
  BlockIndex block;
  PageIndex page;
  ByteSpan bytes;
};

}  // namespace dwcp::qemu_stream
