#include "hypervisor/model/content.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::model {

namespace {

constexpr std::size_t word = 8;
constexpr std::uint32_t words_per_page = page_size.value / word;
constexpr long parts_max = words_per_page / 4;
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;  // SplitMix64's step (Steele, Lea, Flood 2014)

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

struct SplitMix {
  std::uint64_t state;
  std::uint64_t operator()() { return mix(state += golden); }
};

// Words of low entropy: one of 1024 kinds, with some of its bits free. Half of the kinds are fixed text, a quarter
// small integers, a quarter addresses near each other.
struct WordKind {
  std::uint64_t fixed, free;
};

std::array<WordKind, 1024> make_word_kinds() {
  constexpr std::string_view letters = "etaoinshrdlu_ .\n";
  std::array<WordKind, 1024> kinds{};
  SplitMix random{golden};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::uint64_t bits = random();
    if (i % 4 < 2) {
      std::byte text[word];
      for (std::size_t c = 0; c < word; ++c) text[c] = static_cast<std::byte>(letters[(bits >> (c * 4)) % 16]);
      kinds[i] = {load_le<std::uint64_t>(text), 0};
    } else if (i % 4 == 2) {
      kinds[i] = {0, 0x3ff};
    } else {
      kinds[i] = {0x00007f0000000000 | (bits % 16) << 28, 0xffff8};
    }
  }
  return kinds;
}

const std::array<WordKind, 1024> word_kinds = make_word_kinds();

// Words of text only, each with what comes before it in a line.
void fill_text(std::uint64_t seed, MutableByteSpan into) {
  SplitMix random{seed};
  for (std::size_t at = 0; at + word <= into.size(); at += word) {
    const std::uint64_t bits = random();
    store_le(into.data() + at, word_kinds[bits % (word_kinds.size() / 4) * 4 + (bits >> 32) % 2].fixed);
  }
}

// Records of four words that stay as they are but for the first, which counts the writes.
void fill_counters(std::uint64_t seed, std::uint32_t count, MutableByteSpan into) {
  constexpr std::size_t record = 4 * word;
  fill_low_entropy(seed, into);
  SplitMix random{seed};
  for (std::size_t at = 0; at + word <= into.size(); at += record)
    store_le(into.data() + at, random() % 65'536 + count);
}

// Of a hash that falls evenly on 64 bits: below the first with the first share, and so on.
std::array<std::uint64_t, 3> thresholds(std::array<double, 3> shares) {
  std::array<std::uint64_t, 3> up_to{};
  double share = 0;
  for (std::size_t i = 0; i < up_to.size(); ++i) {
    share += shares[i];
    up_to[i] = share >= 1 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(std::ldexp(share, 64));
  }
  return up_to;
}

Result<void> check_shares(const char* what, std::initializer_list<double> shares) {
  double sum = 0;
  for (const double share : shares) sum += share;
  if (std::min(shares) < 0 || !(std::abs(sum - 1) <= 0.001))
    return Failure(Errc::bad_value, std::string(what) + " shares sum to " + std::to_string(sum) +
                                        "; they must be positive and sum to 1");
  return {};
}

// A line of 96 to 191 bytes, over and over.
void fill_repetitive(std::uint64_t seed, PageBytes into) {
  SplitMix random{seed};
  const std::size_t period = 96 + random() % 96;
  std::array<std::byte, 192> line;
  fill_low_entropy(seed, line);
  std::copy_n(line.begin(), period, into.begin());
  for (std::size_t filled = period; filled < into.size();) {
    const std::size_t length = std::min(filled, into.size() - filled);
    std::memcpy(into.data() + filled, into.data(), length);
    filled += length;
  }
}

}  // namespace

void fill_low_entropy(std::uint64_t seed, MutableByteSpan into) {
  SplitMix random{seed};
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at + word <= into.size(); at += word) {
    bits = at % (2 * word) == 0 ? random() : bits >> 32;
    const WordKind& kind = word_kinds[bits % word_kinds.size()];
    store_le(into.data() + at, kind.fixed | ((bits >> 10) & kind.free));
  }
}

void fill_random(std::uint64_t seed, MutableByteSpan into) {
  SplitMix random{seed};
  for (std::size_t at = 0; at + word <= into.size(); at += word) store_le(into.data() + at, random());
}

Result<void> ContentProfile::check() const { return check_shares("content", {zero, repetitive, low_entropy, random}); }

Result<void> WriteMix::check() const { return check_shares("write", {text, counters, random, freed}); }

Content::Content(std::uint64_t seed, double changed, const std::optional<WriteMix>& writes)
    : seed_(mix(seed)),
      parts_(static_cast<std::uint32_t>(std::clamp(std::lround(1 / changed), 1l, parts_max))),
      mixed_(writes.has_value()) {
  if (writes) writes_up_to_ = thresholds({writes->text, writes->counters, writes->random});
}

Content::Content(const ContentProfile& profile, std::uint64_t seed, double changed, std::optional<WriteMix> writes)
    : Content(seed, changed, writes) {
  up_to_ = thresholds({profile.zero, profile.repetitive, profile.low_entropy});
}

Content::Content(Slice image, std::uint64_t seed, double changed, std::optional<WriteMix> writes)
    : Content(seed, changed, writes) {
  image_ = std::move(image);
}

WriteKind Content::kind_of(Frame frame, std::uint32_t version) const {
  const std::uint64_t hash = mix(~seed_of(frame, version));
  if (hash < writes_up_to_[0]) return WriteKind::text;
  if (hash < writes_up_to_[1]) return WriteKind::counters;
  return hash < writes_up_to_[2] ? WriteKind::random : WriteKind::freed;
}

std::uint64_t Content::seed_of(Frame frame, std::uint32_t version) const {
  return mix(mix(seed_ + frame.value * golden) + version);
}

ContentClass Content::class_of(Frame frame) const {
  if (image_.size() > 0)
    return frame.value * page_size.value < image_.size() ? ContentClass::low_entropy : ContentClass::zero;
  const std::uint64_t hash = mix(seed_ ^ mix(frame.value * golden));
  if (hash < up_to_[0]) return ContentClass::zero;
  if (hash < up_to_[1]) return ContentClass::repetitive;
  return hash < up_to_[2] ? ContentClass::low_entropy : ContentClass::random;
}

void Content::generate_first(Frame frame, PageBytes into) const {
  const ContentClass kind = class_of(frame);
  if (kind == ContentClass::zero) {
    std::ranges::fill(into, std::byte{0});
  } else if (image_.size() > 0) {
    const ByteSpan rest = image_.bytes().subspan(frame.value * page_size.value);
    const std::size_t length = std::min(rest.size(), into.size());
    std::memcpy(into.data(), rest.data(), length);
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(length), into.end(), std::byte{0});
  } else if (kind == ContentClass::repetitive) {
    fill_repetitive(seed_of(frame, 0), into);
  } else if (kind == ContentClass::low_entropy) {
    fill_low_entropy(seed_of(frame, 0), into);
  } else {
    fill_random(seed_of(frame, 0), into);
  }
}

// What the write that made `version` leaves of the page before it.
void Content::write(Frame frame, std::uint32_t version, PageBytes page) const {
  const auto part = static_cast<std::uint32_t>((version + frame.value) % parts_);
  const std::size_t begin = words_per_page * part / parts_ * word;
  const std::size_t end = words_per_page * (part + 1) / parts_ * word;
  const MutableByteSpan bytes = page.subspan(begin, end - begin);
  if (!mixed_) {
    // What is random stays so; a write into anything else leaves program data.
    const auto fill = class_of(frame) == ContentClass::random ? fill_random : fill_low_entropy;
    return fill(seed_of(frame, version), bytes);
  }
  switch (kind_of(frame, version)) {
    case WriteKind::text:
      return fill_text(seed_of(frame, version), bytes);
    case WriteKind::counters:
      return fill_counters(mix(seed_of(frame, 0) + part), version, bytes);
    case WriteKind::random:
      return fill_random(seed_of(frame, version), bytes);
    case WriteKind::freed:
      std::ranges::fill(page, std::byte{0});
  }
}

// Of many writes the last ones count: as many as there are parts, or those since the page was last freed.
void Content::generate(Frame frame, std::uint32_t version, PageBytes into) const {
  std::uint32_t first = version - std::min(version, parts_) + 1;
  if (mixed_)
    for (std::uint32_t writing = version; writing > first; --writing)
      if (frees(frame, writing)) first = writing;
  const bool from_nothing = version >= first && frees(frame, first);
  if (version < parts_ && !from_nothing) generate_first(frame, into);
  for (std::uint32_t writing = first; writing <= version; ++writing) write(frame, writing, into);
}

}  // namespace dwcp::model
