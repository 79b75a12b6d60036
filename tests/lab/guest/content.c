#include "content.h"

#include <string.h>

static const char* const words[] = {"the ",  "memory ", "page ", "of ",   "a ", "virtual ", "machine ", "migrates ", "over ",   "network ",
                                    "INFO ", "error: ", "key=",  "value;", "\n", "2026-",    "0000",     "kernel ",   "buffer ", "and "};
enum { word_count = sizeof words / sizeof *words, text_bytes = 1 << 18 };
static char text[text_bytes];

static uint64_t mixed(uint64_t x) {  // splitmix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

void content_prepare(void) {
  uint64_t draw = 0;
  for (size_t at = 0; at < text_bytes;) {
    const char* word = words[mixed(++draw) % word_count];
    for (; *word && at < text_bytes; ++word) text[at++] = *word;
  }
}

enum kind content_kind(uint64_t page, struct mix mix) {
  const long draw = (long)(mixed(page + 1) % 100);
  return draw < mix.zero ? kind_zero : draw < mix.zero + mix.text ? kind_text : kind_random;
}

void content_write(uint64_t* to, uint64_t page, enum kind kind, uint64_t generation) {
  if (kind == kind_zero) {
    memset(to, 0, page_bytes);
    return;
  }
  const uint64_t seed = mixed(page * 0x9e3779b97f4a7c15u + generation);
  if (kind == kind_text) {
    memcpy(to, text + seed % (text_bytes - page_bytes), page_bytes);
  } else {
    uint64_t state = seed | 1;  // xorshift has no way out of 0
    for (int i = 0; i < page_words; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      to[i] = state;
    }
  }
  to[0] = page;
  to[1] = generation;
}

struct finding content_check(const uint64_t* from, uint64_t page, enum kind kind, uint64_t generation, uint64_t base) {
  struct finding found = {0, 0};
  if (kind != kind_zero && from[1] < generation) {
    found.lost_writes = 1;
    // Judge the rest by the generation that is there: one lost write is not 500 bad words.
    if (base == generation) base = from[1];
    generation = from[1];
  }
  uint64_t expected[page_words];
  content_write(expected, page, kind, base);
  if (kind != kind_zero) expected[1] = generation;
  if (memcmp(from, expected, page_bytes) != 0)
    for (int i = 0; i < page_words; ++i) found.bad_words += from[i] != expected[i];
  return found;
}
