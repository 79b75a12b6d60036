#pragma once

// The kernel's command line, "key=value" with blanks in between. Call options_read() once, after /proc is mounted.
void options_read(void);
long option(const char* key, long otherwise);
// 1 when the option is there with just this value.
int option_is(const char* key, const char* value);
