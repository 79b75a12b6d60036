#pragma once
#include <stdint.h>

enum { page_bytes = 4096, page_words = 512 };
enum kind { kind_zero, kind_text, kind_random };

struct mix {
  long zero, text;  // in %, the rest is random
};

// What was found in a page that should be in some generation.
struct finding {
  uint64_t bad_words;
  uint64_t lost_writes;  // 1 when the page is in an older generation than it should be
};

void content_prepare(void);  // once, before the others
// A page's kind depends on its number alone, mixed so that kinds lie side by side as they do in a real guest.
enum kind content_kind(uint64_t page, struct mix mix);
// Word 0 of a text or random page is its number, word 1 its generation.
void content_write(uint64_t* to, uint64_t page, enum kind kind, uint64_t generation);
// `base` is the generation of the words after the second: they stay behind when only the generation word is written.
struct finding content_check(const uint64_t* from, uint64_t page, enum kind kind, uint64_t generation, uint64_t base);
