#define _GNU_SOURCE
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "content.h"
#include "options.h"

static uint8_t* memory;
static uint32_t* generations;  // of the working set's pages, kept apart so that a page that lost a write cannot vouch for itself
static uint64_t working_set, next_write, next_check;
static int whole_pages;
static double rate, debt_since;  // pages a second; the moment from which `owed` counts
static uint64_t owed_from;
static struct mix mix;
static struct memory_counters counters;

double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t* page_at(uint64_t page) { return (uint64_t*)(memory + page * page_bytes); }

// What is written again and again is never zero.
static enum kind kind_of(uint64_t page) {
  const enum kind kind = content_kind(page, mix);
  return page < working_set && kind == kind_zero ? kind_text : kind;
}

int memory_fill(void) {
  const uint64_t pages = (uint64_t)option("fill", 0) * 256;
  mix = (struct mix){option("zero", 40), option("text", 40)};
  whole_pages = !option_is("write", "word");
  const long mib = option("dirty", 0);
  rate = mib < 0 ? -1 : (double)mib * 256;
  working_set = rate != 0 ? (uint64_t)option("wss", 16) * 256 : 0;
  if (working_set > pages) working_set = pages;
  if (pages == 0) return 0;
  memory = mmap(NULL, pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  generations = calloc(working_set + 1, sizeof *generations);
  if (memory == MAP_FAILED || generations == NULL) return -1;
  for (uint64_t page = 0; page < pages; ++page) content_write(page_at(page), page, kind_of(page), 0);
  counters.pages = pages;
  debt_since = seconds_now();
  return 0;
}

static void write_next(void) {
  uint64_t* at = page_at(next_write);
  uint32_t* generation = &generations[next_write];
  counters.lost_writes += at[1] < *generation;  // cheap, and finds what the slower check would find written over
  ++*generation;
  if (whole_pages)
    content_write(at, next_write, kind_of(next_write), *generation);
  else
    ((volatile uint64_t*)at)[1] = *generation;
  ++counters.written;
  if (++next_write == working_set) next_write = 0;
}

void memory_dirty(double now, double most) {
  enum { batch = 16 };
  if (working_set == 0) return;
  const double end = now + most;
  for (;;) {
    for (int i = 0; i < batch; ++i) {
      if (rate > 0 && (double)(counters.written - owed_from) >= (now - debt_since) * rate) return;
      write_next();
    }
    const double present = seconds_now();
    if (present < end) continue;
    // What could not be written in time is let go: a guest that stood still does not catch up in a burst.
    if (rate > 0 && present - debt_since > 1) {
      debt_since = present;
      owed_from = counters.written;
    }
    return;
  }
}

void memory_check(double budget) {
  enum { batch = 8 };
  if (counters.pages == 0) return;
  const double end = seconds_now() + budget;
  do {
    for (int i = 0; i < batch; ++i) {
      const uint64_t generation = next_check < working_set ? generations[next_check] : 0;
      const struct finding found = content_check(page_at(next_check), next_check, kind_of(next_check), generation,
                                                 whole_pages ? generation : 0);
      counters.bad_words += found.bad_words;
      counters.lost_writes += found.lost_writes;
      ++counters.checked;
      if (++next_check == counters.pages) next_check = 0;
    }
  } while (seconds_now() < end);
}

const struct memory_counters* memory_counters(void) { return &counters; }
