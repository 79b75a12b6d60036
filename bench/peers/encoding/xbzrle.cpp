#include "bench/peers/encoding/xbzrle.hpp"

#include <bit>
#include <cstring>

namespace dwcp::bench {
namespace {

std::uint64_t difference(const std::byte* a, const std::byte* b) {
  return load_le<std::uint64_t>(a) ^ load_le<std::uint64_t>(b);
}

// The first place at or behind `at` where the contents differ.
std::size_t end_of_equal(ByteSpan before, ByteSpan now, std::size_t at) {
  for (; at + 8 <= now.size(); at += 8)
    if (const std::uint64_t bits = difference(&before[at], &now[at]))
      return at + static_cast<std::size_t>(std::countr_zero(bits)) / 8;
  while (at < now.size() && before[at] == now[at]) ++at;
  return at;
}

// The first place at or behind `at` where they are equal.
std::size_t end_of_changed(ByteSpan before, ByteSpan now, std::size_t at) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101, tops = 0x8080'8080'8080'8080;
  for (; at + 8 <= now.size(); at += 8) {
    const std::uint64_t bits = difference(&before[at], &now[at]);
    // The lowest set bit belongs to the lowest byte that is zero.
    if (const std::uint64_t zeroes = (bits - ones) & ~bits & tops)
      return at + static_cast<std::size_t>(std::countr_zero(zeroes)) / 8;
  }
  while (at < now.size() && before[at] != now[at]) ++at;
  return at;
}

class Output {
 public:
  explicit Output(MutableByteSpan out) : out_(out) {}
  bool put_number(std::size_t number) {
    do {
      if (at_ == out_.size()) return false;
      const std::size_t rest = number >> 7;
      out_[at_++] = static_cast<std::byte>((number & 0x7f) | (rest != 0 ? 0x80 : 0));
      number = rest;
    } while (number != 0);
    return true;
  }
  bool put_bytes(ByteSpan bytes) {
    if (out_.size() - at_ < bytes.size()) return false;
    std::memcpy(out_.data() + at_, bytes.data(), bytes.size());
    at_ += bytes.size();
    return true;
  }
  std::size_t length() const { return at_; }

 private:
  MutableByteSpan out_;
  std::size_t at_ = 0;
};

std::optional<std::size_t> take_number(ByteSpan& in) {
  std::size_t number = 0;
  for (unsigned shift = 0; shift <= 14 && !in.empty(); shift += 7) {
    const auto byte = std::to_integer<std::size_t>(in.front());
    in = in.subspan(1);
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> xbzrle_encode(ByteSpan before, ByteSpan now, MutableByteSpan to) {
  Output out(to);
  for (std::size_t at = 0; at < now.size();) {
    const std::size_t changed = end_of_equal(before, now, at);
    if (changed == now.size()) break;
    const std::size_t end = end_of_changed(before, now, changed);
    if (!out.put_number(changed - at) || !out.put_number(end - changed) ||
        !out.put_bytes(now.subspan(changed, end - changed)))
      return std::nullopt;
    at = end;
  }
  return out.length();
}

bool xbzrle_decode(ByteSpan in, MutableByteSpan page) {
  std::size_t at = 0;
  while (!in.empty()) {
    const auto equal = take_number(in);
    const auto changed = equal ? take_number(in) : std::nullopt;
    if (!changed || *equal > page.size() - at || *changed > page.size() - at - *equal || *changed > in.size())
      return false;
    at += *equal;
    std::memcpy(page.data() + at, in.data(), *changed);
    in = in.subspan(*changed);
    at += *changed;
  }
  return true;
}

}  // namespace dwcp::bench
