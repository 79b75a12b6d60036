// What a modelled guest's memory holds. The contents of a page are a pure function of (seed, frame, version): nothing
// is stored, so that large guests cost little memory, and any host can tell what a page must be.
//
// Version 0 is what the guest began with. Each later version rewrites one part of the page, `changed` of it; the parts
// take turns, so that a page that was written often has changed as a whole. Or it frees the page, where a WriteMix says
// so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::model {

// A page's number within a guest, counted over its RAM blocks in their order.
using Frame = Quantity<struct FrameTag>;
using PageBytes = std::span<std::byte, page_size.value>;

enum class ContentClass : std::uint8_t { zero, repetitive, low_entropy, random };

// Shares of pages; they sum to 1.
struct ContentProfile {
  double zero = 0.30;
  double repetitive = 0.40;   // repeating text, compressible about 20 times
  double low_entropy = 0.20;  // like program data, compressible about 3 times
  double random = 0.10;       // not compressible

  // Errors: bad_value for a negative share or a sum that is not 1 (to 0.1 %).
  Result<void> check() const;
};

enum class WriteKind : std::uint8_t { text, counters, random, freed };

// What writes are, as shares of them; they sum to 1. Which one a write is, seed, frame and version tell.
struct WriteMix {
  double text = 0;      // the part becomes text
  double counters = 0;  // the part is a table of records, of each of which a counter goes on
  double random = 0;    // the part becomes what no codec shrinks
  double freed = 0;     // the page goes back to the guest's kernel, which fills it with zeroes

  // Errors: bad_value for a negative share or a sum that is not 1 (to 0.1 %).
  Result<void> check() const;
};

class Content {
 public:
  // `changed`: the share of a page that one write changes, in (0, 1]; at least 32 bytes. Without a mix, a write leaves
  // program data, and in a random page random bytes. Precondition: profile.check(), writes->check().
  Content(const ContentProfile& profile, std::uint64_t seed, double changed, std::optional<WriteMix> writes = {});
  // Frames [0, image pages) begin as `image` has them (a last page that is not whole is filled with zeroes), all others
  // as zeroes.
  Content(Slice image, std::uint64_t seed, double changed, std::optional<WriteMix> writes = {});

  // Of version 0. Pages of an image count as low_entropy.
  ContentClass class_of(Frame frame) const;
  void generate(Frame frame, std::uint32_t version, PageBytes into) const;
  // Cheap, and may say false for a page that is zero (of an image).
  bool is_zero(Frame frame, std::uint32_t version) const {
    return version == 0 ? class_of(frame) == ContentClass::zero : frees(frame, version);
  }
  // Of the write that made this version, from 1 on. Precondition: there is a mix.
  WriteKind kind_of(Frame frame, std::uint32_t version) const;

 private:
  Content(std::uint64_t seed, double changed, const std::optional<WriteMix>& writes);
  void generate_first(Frame frame, PageBytes into) const;
  bool frees(Frame frame, std::uint32_t version) const { return mixed_ && kind_of(frame, version) == WriteKind::freed; }
  void write(Frame frame, std::uint32_t version, PageBytes page) const;
  std::uint64_t seed_of(Frame frame, std::uint32_t version) const;

  std::uint64_t seed_;
  std::uint32_t parts_;                   // a write changes one of them
  std::array<std::uint64_t, 3> up_to_{};  // thresholds of a frame's hash: zero, repetitive, low entropy
  bool mixed_ = false;
  std::array<std::uint64_t, 3> writes_up_to_{};  // of a write's: text, counters, random
  Slice image_;
};

// The page's generators, seeded; the length is a multiple of 8. For content that is not memory: device state.
void fill_low_entropy(std::uint64_t seed, MutableByteSpan into);
void fill_random(std::uint64_t seed, MutableByteSpan into);

}  // namespace dwcp::model
