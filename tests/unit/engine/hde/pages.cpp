#include "tests/unit/engine/hde/pages.hpp"

#include <algorithm>
#include <string>

namespace dwcp::hde::testing {
namespace {

// Words of differing frequency: the square of a uniform number favours the front.
std::string word(Random& random) {
  static constexpr std::array<std::string_view, 24> common{
      "the ",   "of ",    "session",  "value=", "user",   " INFO ", "error",   "request ",
      "\n",     "id: ",   "2024-05-", "true, ", "null, ", "GET /",  "http://", "static",
      "length", "kernel", "memory",   "page",   "cache",  "index",  "return ", "{\"name\": \""};
  const double place = random.uniform() * random.uniform();
  if (random.chance(0.75)) return std::string(common[static_cast<std::size_t>(place * common.size())]);
  return std::to_string(random.below(100'000)) + " ";
}

void put_text(Random& random, MutableByteSpan to) {
  for (std::size_t at = 0; at < to.size();) {
    const std::string next = word(random);
    const std::size_t length = std::min(next.size(), to.size() - at);
    std::ranges::copy(as_bytes(next).first(length), to.begin() + static_cast<std::ptrdiff_t>(at));
    at += length;
  }
}

void put_field(Random& random, std::byte* to) {
  switch (random.below(4)) {
    case 0:
      store_le(to, 0xffff'8880'0000'0000 + 64 * random.below(1 << 18));
      break;
    case 1:
      store_le(to, 0x0000'7f3a'0000'0000 + 16 * random.below(1 << 20));
      break;
    case 2:
      store_le(to, random.below(300));
      break;
    default:
      store_le(to, std::uint64_t{0});
  }
}

void put_code(Random& random, MutableByteSpan to) {
  static constexpr std::array<std::array<std::uint8_t, 4>, 10> instructions{{{0x48, 0x89, 0xe5, 0x90},
                                                                             {0x48, 0x8b, 0x45, 0xf8},
                                                                             {0xe8, 0x12, 0x00, 0x00},
                                                                             {0x0f, 0x84, 0x30, 0x01},
                                                                             {0x55, 0x41, 0x57, 0x41},
                                                                             {0x83, 0xc0, 0x01, 0xc3},
                                                                             {0x31, 0xc0, 0xeb, 0x0a},
                                                                             {0x48, 0x8d, 0x3d, 0x00},
                                                                             {0x5d, 0xc3, 0x66, 0x0f},
                                                                             {0x74, 0x0e, 0x48, 0x85}}};
  for (std::size_t at = 0; at + 4 <= to.size(); at += 4) {
    const auto& chosen = instructions[random.below(instructions.size())];
    for (std::size_t i = 0; i < 4; ++i) to[at + i] = static_cast<std::byte>(chosen[i]);
    if (random.chance(0.3)) to[at + 3] = static_cast<std::byte>(random.below(256));
  }
}

void put_noise(Random& random, MutableByteSpan to) {
  for (std::size_t at = 0; at + 8 <= to.size(); at += 8) store_le(to.data() + at, random());
}

}  // namespace

void fill_page(Content content, Random& random, MutableByteSpan page) {
  switch (content) {
    case Content::zero:
      std::ranges::fill(page, std::byte{0});
      break;
    case Content::text:
      put_text(random, page);
      break;
    case Content::pointers:
      for (std::size_t at = 0; at < page.size(); at += 8) put_field(random, page.data() + at);
      break;
    case Content::code:
      put_code(random, page);
      break;
    case Content::noise:
      put_noise(random, page);
      break;
  }
}

void dirty_page(Content content, Random& random, MutableByteSpan page) {
  switch (content) {
    case Content::zero:  // an allocator gave it away
      fill_page(Content::pointers, random, page.first(64 * (1 + random.below(16))));
      break;
    case Content::text: {
      const std::size_t length = 8 + random.below(200);
      put_text(random, page.subspan(random.below(page.size() - length), length));
      break;
    }
    case Content::pointers:
      for (std::uint64_t field = 1 + random.below(24); field > 0; --field)
        put_field(random, page.data() + 8 * random.below(page.size() / 8));
      break;
    case Content::code:
      put_code(random, page.subspan(4 * random.below(page.size() / 4 - 4), 16));
      break;
    case Content::noise:
      put_noise(random, page);
      break;
  }
}

Memory::Memory(std::size_t pages, std::uint64_t seed, std::span<const Content> kinds)
    : random_(seed), bytes_(pages * page_length), kinds_(pages) {
  for (std::size_t index = 0; index < pages;) {
    const Content kind = kinds[random_.below(kinds.size())];
    for (std::uint64_t run = 1 + random_.below(12); run > 0 && index < pages; --run, ++index) {
      kinds_[index] = kind;
      fill_page(kind, random_, page(index));
    }
  }
}

Slice Memory::copy(std::size_t first, std::size_t count) const {
  return Slice::copy_of(bytes().subspan(first * page_length, count * page_length));
}

std::vector<PageIn> Memory::pages_of(const Slice& input, std::size_t first, Version version, std::uint32_t block) {
  std::vector<PageIn> list;
  for (std::size_t at = 0; at < input.size(); at += page_length)
    list.push_back({{block, PageIndex(first + at / page_length)}, version, input.bytes().subspan(at, page_length)});
  return list;
}

MutableByteSpan Destination::place(const PageKey& key, Version version) {
  if (version <= versions_[key.index.value]) ++steps_back_;
  versions_[key.index.value] = version;
  return MutableByteSpan(bytes_).subspan(key.index.value * page_length, page_length);
}

void Destination::page(const PageKey& key, Version version, ByteSpan content) {
  std::ranges::copy(content, place(key, version).begin());
}

void Destination::zero(const PageKey& key, Version version) { std::ranges::fill(place(key, version), std::byte{0}); }

bool Destination::read(const PageKey& key, MutableByteSpan content) {
  std::ranges::copy(ByteSpan(bytes_).subspan(key.index.value * page_length, page_length), content.begin());
  return true;
}

Slice joined(const Encoded& encoded) {
  ByteVector whole;
  for (const Slice& slice : encoded.payload) whole.insert(whole.end(), slice.bytes().begin(), slice.bytes().end());
  return Slice::adopt(std::move(whole));
}

}  // namespace dwcp::hde::testing
