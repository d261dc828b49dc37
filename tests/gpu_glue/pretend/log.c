// The pretend driver's log: one line for each call that a test may want to know about.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pretend.h"

static int log_file = -1;

__attribute__((constructor)) static void OpenLog(void) {
  const char* path = getenv("PRETEND_CUDA_LOG");
  if (path) log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static const char* LibraryOf(void* code) {
  Dl_info info;
  if (!dladdr(code, &info)) return "?";
  const char* slash = strrchr(info.dli_fname, '/');
  return slash ? slash + 1 : info.dli_fname;
}

// A line is written in one piece, so that the lines of two threads don't mix.
void WriteToLog(void* caller, const char* name, const char* format, ...) {
  char line[2048];
  int length = snprintf(line, sizeof line, "%s library=%s ", name, LibraryOf(caller));
  va_list arguments;
  va_start(arguments, format);
  length += vsnprintf(line + length, sizeof line - length, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  line[length++] = '\n';
  if (log_file >= 0 && write(log_file, line, length) != length) abort();
}
