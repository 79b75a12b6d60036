// Page contents like those of guests, made from a seed: text, tables of pointers and counters, machine code, noise,
// zero.
#pragma once

#include <array>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/encoder.hpp"

namespace dwcp::hde::testing {

constexpr std::size_t page_length = page_size.value;

enum class Content { zero, text, pointers, code, noise };
inline constexpr std::array all_contents{Content::zero, Content::text, Content::pointers, Content::code,
                                         Content::noise};
inline constexpr std::array compressible_contents{Content::text, Content::pointers, Content::code};

void fill_page(Content content, Random& random, MutableByteSpan page);
// Changes the page as programs change pages of this kind: a few fields or lines of it, but all of noise.
void dirty_page(Content content, Random& random, MutableByteSpan page);

// Memory of `pages` pages whose kinds are drawn from `kinds`, in stretches as allocators make them.
class Memory {
 public:
  Memory(std::size_t pages, std::uint64_t seed, std::span<const Content> kinds = all_contents);

  std::size_t pages() const { return kinds_.size(); }
  ByteSpan bytes() const { return bytes_; }
  MutableByteSpan page(std::size_t index) { return MutableByteSpan(bytes_).subspan(index * page_length, page_length); }
  void dirty(std::size_t index) { dirty_page(kinds_[index], random_, page(index)); }
  // A copy of the pages from `first` on, as a batch's input, and the list for Encoder::plan().
  Slice copy(std::size_t first, std::size_t count) const;
  static std::vector<PageIn> pages_of(const Slice& input, std::size_t first, Version version, std::uint32_t block = 0);

 private:
  Random random_;
  ByteVector bytes_;
  std::vector<Content> kinds_;
};

// The destination's memory as sink and source of bases.
class Destination final : public PageSink, public BaseSource {
 public:
  explicit Destination(std::size_t pages) : bytes_(pages * page_length, std::byte{0xee}), versions_(pages) {}
  void page(const PageKey& key, Version version, ByteSpan content) override;
  void zero(const PageKey& key, Version version) override;
  bool read(const PageKey& key, MutableByteSpan content) override;
  ByteSpan bytes() const { return bytes_; }
  ByteSpan page(std::size_t index) const { return ByteSpan(bytes_).subspan(index * page_length, page_length); }
  Version version(std::size_t index) const { return versions_[index]; }
  // Pages that were handed over with a version that is not newer than what was there.
  std::size_t steps_back() const { return steps_back_; }

 private:
  MutableByteSpan place(const PageKey& key, Version version);
  ByteVector bytes_;
  std::vector<Version> versions_;
  std::size_t steps_back_ = 0;
};

// The payload as it arrives: in one piece.
Slice joined(const Encoded& encoded);

}  // namespace dwcp::hde::testing
