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
      const ByteSpan content = round.now->page(page);
      if (round.before != nullptr && std::memcmp(content.data(), round.before->page(page).data(), content.size()) == 0)
        continue;
      round.pages.push_back(page);
      if (!is_zero(content)) round.non_zero.push_back(page);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

}  // namespace dwcp::bench
