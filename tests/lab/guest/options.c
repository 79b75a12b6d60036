#include "options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char line[4096];

void options_read(void) {
  const int file = open("/proc/cmdline", O_RDONLY);
  const ssize_t size = read(file, line + 1, sizeof line - 2);
  line[0] = ' ';  // so that every key has a blank before it
  for (char* end = line + 1 + (size > 0 ? size : 0); end > line && (*end == '\0' || *end == '\n'); --end) *end = '\0';
  close(file);
}

static const char* value_of(const char* key) {
  const size_t length = strlen(key);
  for (const char* at = line; (at = strstr(at, key)) != NULL; ++at)
    if (at[-1] == ' ' && at[length] == '=') return at + length + 1;
  return NULL;
}

long option(const char* key, long otherwise) {
  const char* value = value_of(key);
  return value ? strtol(value, NULL, 10) : otherwise;
}

int option_is(const char* key, const char* value) {
  const char* found = value_of(key);
  return found && strcspn(found, " ") == strlen(value) && strncmp(found, value, strlen(value)) == 0;
}
