#pragma once
#include <stdint.h>

struct memory_counters {
  uint64_t pages;        // filled
  uint64_t written;      // pages dirtied since
  uint64_t checked;      // pages checked, whole; a pass is `pages` of them
  uint64_t bad_words;
  uint64_t lost_writes;  // pages found in an older generation than they were written in
};

// 0, or -1 when there is not that much memory.
int memory_fill(void);
// Brings the writing up to its rate; returns after at most `most` seconds.
void memory_dirty(double now, double most);
// Checks the next pages, whole, for about `budget` seconds.
void memory_check(double budget);
const struct memory_counters* memory_counters(void);
double seconds_now(void);  // CLOCK_MONOTONIC
