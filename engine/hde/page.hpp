// What the encoder and the decoder speak about: pages, their versions, and the classes that a page can be sent in.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::hde {

// A batch holds at most this many pages, so that it fits one AMST chunk (4 MiB) even when every page is raw.
constexpr std::size_t max_batch_pages = 1000;
// What a batch takes beside the contents of its pages, at most: a record is 40 bytes where nothing is like its
// neighbour (docs/hde-format.md).
constexpr Bytes batch_overhead_max = KiB(48);
// Versions are kept in 32 bits in the per-page tables.
constexpr Version max_version{0xffff'ffff};
// Page indices stay below this: 2^40 pages of 4 KiB are 4 PiB in one block.
constexpr PageIndex max_page_index{(std::uint64_t{1} << 40) - 1};

// A page's address: `block` is the number of the RAM block (or of the file) that both ends agreed on.
struct PageKey {
  std::uint32_t block = 0;
  PageIndex index{0};
  friend auto operator<=>(const PageKey&, const PageKey&) = default;
};

// One state of one page.
struct PageVersion {
  PageKey key;
  Version version{0};
  friend auto operator<=>(const PageVersion&, const PageVersion&) = default;
};

// A page to be sent. `version` is in 1..max_version and greater than any earlier one of the same page.
// `content` is 4096 bytes; empty when the caller already knows that the page is zero.
struct PageIn {
  PageKey key;
  Version version{0};
  ByteSpan content;
};

// How a page travelled, cheapest first. `lz4` and `zstd` pages are compressed together, `delta` pages too.
enum class PageClass : std::uint8_t { zero, unchanged, delta, lz4, zstd, raw };
constexpr std::size_t page_class_count = 6;
std::string_view to_string(PageClass);

// What is applied to whole pages and to deltas of a batch; `none` sends them as they are.
enum class Codec : std::uint8_t { none, lz4, zstd1, zstd3, zstd6, zstd9, zstd16, zstd18 };
constexpr std::size_t codec_count = 8;
std::string_view to_string(Codec);
// By its written name: "none", "lz4", "zstd1", "zstd3", "zstd6", "zstd9", "zstd16", "zstd18".
std::optional<Codec> parse_codec(std::string_view name);

// Pages and bytes by class. `in` is 4096 a page; `out` is the page's share of the payload without the directory.
struct ClassTotals {
  std::uint64_t pages = 0;
  Bytes in{0}, out{0};
};
struct ClassStats {
  std::array<ClassTotals, page_class_count> by_class{};
  Bytes overhead{0};  // header, directory and checksums
  Bytes matched{0};   // content of lz4 and zstd pages that was copied from what earlier batches carried

  ClassTotals& operator[](PageClass c) { return by_class[static_cast<std::size_t>(c)]; }
  const ClassTotals& operator[](PageClass c) const { return by_class[static_cast<std::size_t>(c)]; }
  std::uint64_t pages() const;
  Bytes bytes_in() const;
  Bytes bytes_out() const;  // with the overhead: the size of the payload
  ClassStats& operator+=(const ClassStats&);
};

// Numbers the batches of one encoder, from 1. It travels in the batch, so that the receiver can name what it applied.
using BatchId = Quantity<struct BatchIdTag>;
constexpr BatchId max_batch_id{std::uint64_t{1} << 62};  // far more than ever are: so that counting on from it is safe

// Whether states of pages are remembered.
//   tracked: 24 bytes a page; newer wins, deltas, unchanged pages and digests of re-sent pages work.
//   once: every page is sent exactly once (files): no table, no deltas; the digest holds if no page came twice.
enum class History : std::uint8_t { tracked, once };

}  // namespace dwcp::hde
