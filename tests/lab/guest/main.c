// Process 1 of the lab's guest. See README.md.
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "content.h"
#include "disk.h"
#include "memory.h"
#include "options.h"

static const double tick = 0.005;  // the loop's step: writes and checks come in portions of this, so that beats are on time

static void set_up_system(void) {
  mkdir("/proc", 0755);
  mkdir("/dev", 0755);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  const int console = open("/dev/console", O_RDWR);
  for (int file = 0; file < 3; ++file) dup2(console, file);
  setvbuf(stdout, NULL, _IOLBF, 1024);
}

// The cloud kernel has virtio as modules; the initramfs holds them in the order of their dependencies.
static void load_modules(void) {
  char path[32];
  for (int i = 0; i < 100; ++i) {
    snprintf(path, sizeof path, "/modules/%02d.ko", i);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    if (syscall(SYS_finit_module, file, "", 0) != 0) perror("GUEST error: module");
    close(file);
  }
}

static void report(double now, double gap) {
  const struct memory_counters* m = memory_counters();
  const struct disk_counters* d = disk_counters();
  printf("HB t=%.0f gap=%.0f written=%" PRIu64 " checked=%" PRIu64 " bad=%" PRIu64 " lost=%" PRIu64, now * 1e3, gap * 1e3, m->written,
         m->checked, m->bad_words, m->lost_writes);
  if (d->blocks != 0)
    printf(" dblocks=%" PRIu64 " dwritten=%" PRIu64 " dread=%" PRIu64 " dbad=%" PRIu64 " dlost=%" PRIu64 " derrors=%" PRIu64, d->blocks,
           d->written, d->read, d->bad_words, d->lost_writes, d->errors);
  printf("\n");
}

static void sleep_until(double when) {
  const struct timespec t = {(time_t)when, (long)((when - (double)(time_t)when) * 1e9)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void run(void) {
  const double beat = (double)option("beat", 10) / 1e3, heartbeat = (double)option("hb", 200) / 1e3;
  const double check_budget = tick * (double)option("check", 15) / 100;
  double wake = seconds_now(), last_beat = wake, next_beat = wake, next_report = wake, longest = 0;
  for (unsigned long number = 0;;) {
    const double now = seconds_now();
    if (now >= next_beat) {
      printf("b %lu\n", number++);
      if (now - last_beat > longest) longest = now - last_beat;
      last_beat = now;
      next_beat = next_beat + beat > now ? next_beat + beat : now + beat;
    }
    if (now >= next_report) {
      report(now, longest);
      longest = 0;
      next_report = now + heartbeat;
    }
    memory_dirty(now, tick / 2);
    memory_check(check_budget);
    wake = wake + tick > now ? wake + tick : now + tick;
    sleep_until(wake);
  }
}

int main(void) {
  set_up_system();
  options_read();
  load_modules();
  content_prepare();
  const double begin = seconds_now();
  printf("GUEST ready ms=%.0f\n", begin * 1e3);
  if (memory_fill() != 0) perror("GUEST error: memory");
  printf("GUEST filled pages=%" PRIu64 " ms=%.0f\n", memory_counters()->pages, (seconds_now() - begin) * 1e3);
  if (disk_start() != 0) perror("GUEST error: disk");
  run();
}
