// Long matches: stretches of a batch's pages that are copied from what earlier batches carried. What lies between
// them, the literals, travels compressed, and is what later batches may copy from. Ziv and Lempel, "A Universal
// Algorithm for Sequential Data Compression", 1977, with long matches only: short ones are the codec's business.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

constexpr std::size_t match_length_min = 32;
// Bytes that a list may take for each page whose content it describes: what a reader must be ready for.
constexpr std::size_t match_list_size_max = 4096 / match_length_min * 16 + 16;

// Copies `length` bytes of the literals of batch `source` from `offset` on, after `literals` bytes of the own ones.
struct Match {
  std::uint32_t literals = 0;
  std::uint32_t length = 0;  // >= match_length_min
  std::uint32_t offset = 0;
  BatchId source;
  friend bool operator==(const Match&, const Match&) = default;
};

// Of batch `batch`. Columns, since each compresses better beside its own kind: the number of matches, then for all of
// them varints of literals, of length less match_length_min, of batch less source (>= 1), and the three bytes of the
// offsets, the lowest bytes of all first.
ByteVector write_matches(const std::vector<Match>& matches, BatchId batch);

// Reads a list that turns `literals` bytes into `contents` bytes, the literals behind the last match among them.
// Error: bad_encoding. Offsets are not checked: they lie in what other batches carried.
Result<std::vector<Match>> read_matches(ByteSpan list, BatchId batch, std::size_t literals, std::size_t contents);

}  // namespace dwcp::hde
