#pragma once
#include <stdatomic.h>
#include <stdint.h>

struct disk_counters {
  _Atomic uint64_t blocks;       // in use, of 64 KiB
  _Atomic uint64_t written, read;
  _Atomic uint64_t bad_words;
  _Atomic uint64_t lost_writes;  // pages of a block that are in an older generation than what the disk acknowledged
  _Atomic uint64_t errors;       // reads and writes that failed
};

// Starts the thread that writes and reads /dev/vda, when asked for by disk=; -1 and errno when there is no such disk.
int disk_start(void);
const struct disk_counters* disk_counters(void);
