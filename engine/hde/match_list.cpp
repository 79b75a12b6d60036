#include "engine/hde/match_list.hpp"

#include <string>

#include "engine/hde/format.hpp"
#include "engine/hde/varint.hpp"

namespace dwcp::hde {
namespace {

constexpr unsigned offset_bytes = 3;

}  // namespace

ByteVector write_matches(const std::vector<Match>& matches, BatchId batch) {
  ByteVector to;
  to.reserve(8 * matches.size() + varint_bytes_max);
  put_varint(to, matches.size());
  for (const Match& match : matches) put_varint(to, match.literals);
  for (const Match& match : matches) put_varint(to, match.length - match_length_min);
  for (const Match& match : matches) put_varint(to, batch.value - match.source.value);
  for (unsigned byte = 0; byte < offset_bytes; ++byte)
    for (const Match& match : matches) to.push_back(static_cast<std::byte>(match.offset >> (8 * byte)));
  return to;
}

Result<std::vector<Match>> read_matches(ByteSpan list, BatchId batch, std::size_t literals, std::size_t contents) {
  std::uint64_t count = 0;
  if (!take_varint(list, count) || count > contents / match_length_min)
    return bad_batch("a list of " + std::to_string(count) + " matches for " + std::to_string(contents) + " bytes");
  std::vector<Match> matches(count);
  std::uint64_t value = 0;
  std::size_t literals_left = literals, contents_left = contents;
  const auto wrong = [](const char* column) {
    return bad_batch(std::string("the column of ") + column + " of the matches");
  };
  for (Match& match : matches) {
    if (!take_varint(list, value) || value > literals_left || value > contents_left) return wrong("literals");
    match.literals = static_cast<std::uint32_t>(value);
    literals_left -= value;
    contents_left -= value;
  }
  for (Match& match : matches) {
    if (!take_varint(list, value) || contents_left < match_length_min || value > contents_left - match_length_min)
      return wrong("lengths");
    match.length = static_cast<std::uint32_t>(value + match_length_min);
    contents_left -= match.length;
  }
  if (literals_left != contents_left)
    return bad_batch("matches leave " + std::to_string(contents_left) + " bytes to be filled, with " +
                     std::to_string(literals_left) + " literals");
  for (Match& match : matches) {
    if (!take_varint(list, value) || value < 1 || value > batch.value) return wrong("sources");
    match.source = batch - BatchId(value);
  }
  if (list.size() != offset_bytes * matches.size()) return wrong("offsets");
  for (unsigned byte = 0; byte < offset_bytes; ++byte)
    for (std::size_t i = 0; i < matches.size(); ++i)
      matches[i].offset |= std::to_integer<std::uint32_t>(list[byte * matches.size() + i]) << (8 * byte);
  return matches;
}

}  // namespace dwcp::hde
