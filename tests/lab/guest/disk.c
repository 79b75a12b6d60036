#define _GNU_SOURCE
#include "disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "content.h"
#include "memory.h"
#include "options.h"

enum { block_pages = 16, block_bytes = block_pages * page_bytes };
static const struct mix disk_mix = {0, 50};
static struct disk_counters counters;
static int disk;
static off_t stride;  // blocks lie apart, so that a small span reaches the whole disk
static uint32_t* generations;  // acknowledged; 0: never written
static uint64_t* buffer;

static enum kind kind_of(uint64_t page) { return content_kind(page, disk_mix); }

static void write_block(uint64_t block) {
  const uint32_t generation = generations[block] + 1;
  for (uint64_t i = 0, page = block * block_pages; i < block_pages; ++i, ++page)
    content_write(buffer + i * page_words, page, kind_of(page), generation);
  if (pwrite(disk, buffer, block_bytes, (off_t)block * stride) != block_bytes) {
    ++counters.errors;
    return;
  }
  generations[block] = generation;
  ++counters.written;
}

static void read_block(uint64_t block) {
  if (generations[block] == 0) return;
  if (pread(disk, buffer, block_bytes, (off_t)block * stride) != block_bytes) {
    ++counters.errors;
    return;
  }
  for (uint64_t i = 0, page = block * block_pages; i < block_pages; ++i, ++page) {
    const struct finding found =
        content_check(buffer + i * page_words, page, kind_of(page), generations[block], generations[block]);
    counters.bad_words += found.bad_words;
    counters.lost_writes += found.lost_writes;
  }
  ++counters.read;
}

static void* work(void* unused) {
  (void)unused;
  const uint64_t blocks = counters.blocks;
  const double pause = (double)block_bytes / ((double)option("disk", 0) * (1 << 20));
  double due = seconds_now();
  for (uint64_t block = 0;; block = (block + 1) % blocks) {
    write_block(block);
    read_block((block + blocks / 2) % blocks);  // long enough ago to have left every cache of the migration
    due += pause;
    const double left = due - seconds_now();
    if (left < -1) due -= left;  // it stood still: no burst afterwards
    if (left <= 0) continue;
    const struct timespec wait = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    nanosleep(&wait, NULL);
  }
  return NULL;
}

int disk_start(void) {
  if (option("disk", 0) <= 0) return 0;
  // Not through the guest's page cache: a read must ask the disk.
  disk = open("/dev/vda", O_RDWR | O_DIRECT);
  uint64_t bytes = 0;
  if (disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes) < 0) return -1;
  uint64_t blocks = (uint64_t)option("span", 64) << 4;
  if (blocks > bytes / block_bytes) blocks = bytes / block_bytes;
  if (blocks == 0) return -1;
  stride = (off_t)(bytes / blocks / page_bytes * page_bytes);
  generations = calloc(blocks, sizeof *generations);
  if (generations == NULL || posix_memalign((void**)&buffer, page_bytes, block_bytes) != 0) return -1;
  counters.blocks = blocks;
  pthread_t thread;
  return pthread_create(&thread, NULL, work, NULL) == 0 ? 0 : -1;
}

const struct disk_counters* disk_counters(void) { return &counters; }
