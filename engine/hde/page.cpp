#include "engine/hde/page.hpp"

namespace dwcp::hde {

std::string_view to_string(PageClass c) {
  switch (c) {
    case PageClass::zero:
      return "zero";
    case PageClass::unchanged:
      return "unchanged";
    case PageClass::delta:
      return "delta";
    case PageClass::lz4:
      return "lz4";
    case PageClass::zstd:
      return "zstd";
    case PageClass::raw:
      return "raw";
  }
  return "?";
}

std::string_view to_string(Codec c) {
  switch (c) {
    case Codec::none:
      return "none";
    case Codec::lz4:
      return "lz4";
    case Codec::zstd1:
      return "zstd1";
    case Codec::zstd3:
      return "zstd3";
    case Codec::zstd6:
      return "zstd6";
    case Codec::zstd9:
      return "zstd9";
    case Codec::zstd16:
      return "zstd16";
    case Codec::zstd18:
      return "zstd18";
  }
  return "?";
}

std::optional<Codec> parse_codec(std::string_view name) {
  for (std::size_t i = 0; i < codec_count; ++i)
    if (to_string(static_cast<Codec>(i)) == name) return static_cast<Codec>(i);
  return std::nullopt;
}

std::uint64_t ClassStats::pages() const {
  std::uint64_t sum = 0;
  for (const ClassTotals& totals : by_class) sum += totals.pages;
  return sum;
}

Bytes ClassStats::bytes_in() const {
  Bytes sum{0};
  for (const ClassTotals& totals : by_class) sum += totals.in;
  return sum;
}

Bytes ClassStats::bytes_out() const {
  Bytes sum = overhead;
  for (const ClassTotals& totals : by_class) sum += totals.out;
  return sum;
}

ClassStats& ClassStats::operator+=(const ClassStats& other) {
  for (std::size_t i = 0; i < page_class_count; ++i) {
    by_class[i].pages += other.by_class[i].pages;
    by_class[i].in += other.by_class[i].in;
    by_class[i].out += other.by_class[i].out;
  }
  overhead += other.overhead;
  matched += other.matched;
  return *this;
}

}  // namespace dwcp::hde
