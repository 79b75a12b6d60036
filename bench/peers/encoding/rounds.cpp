#include "bench/peers/encoding/rounds.hpp"

#include <algorithm>
#include <cstring>

namespace dwcp::bench {

bool is_zero(ByteSpan page) {
  return page[0] == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

ByteVector joined(const Capture& capture, std::span<const std::uint64_t> pages) {
  ByteVector all(pages.size() * page_size.value);
  std::byte* to = all.data();
  for (const std::uint64_t page : pages) {
    std::memcpy(to, capture.page(page).data(), page_size.value);
    to += page_size.value;
  }
  return all;
}

bool is_zero(const Capture& capture, std::uint64_t page) { return !capture.holds(page) || is_zero(capture.page(page)); }

bool differ(const Capture& a, const Capture& b, std::uint64_t page) {
  if (!a.holds(page) && !b.holds(page)) return false;
  return std::memcmp(a.page(page).data(), b.page(page).data(), page_size.value) != 0;
}

Round full_copy(const Corpus& corpus, std::size_t capture) {
  Round round;
  round.now = &corpus.captures.at(capture);
  for (std::uint64_t page = 0; page < corpus.pages(); ++page) {
    round.pages.push_back(page);
    if (!is_zero(*round.now, page)) round.non_zero.push_back(page);
  }
  return round;
}

std::vector<Round> rounds_of(const Corpus& corpus) {
  std::vector<Round> rounds;
  for (std::size_t i = 0; i < corpus.captures.size(); ++i) {
    Round round;
    round.now = &corpus.captures[i];
    if (i > 0) {
      round.before = &corpus.captures[i - 1];
      round.guest_seconds = corpus.guest_time[i] - corpus.guest_time[i - 1];
    }
    for (std::uint64_t page = 0; page < corpus.pages(); ++page) {
      if (round.before != nullptr && !differ(*round.now, *round.before, page)) continue;
      round.pages.push_back(page);
      if (!is_zero(*round.now, page)) round.non_zero.push_back(page);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

}  // namespace dwcp::bench
