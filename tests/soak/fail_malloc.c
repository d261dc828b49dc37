// Makes allocations fail on demand, for LD_PRELOAD: every one from the n-th on, or only the n-th,
// counted over all threads of the process. Starting a thread counts as an allocation, because the
// system may have no more of them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

// It is 0 if no allocation is to fail. It is exported as a variable, because writing it allocates
// nothing.
long fail_malloc_at = 0;
static int only_one = 0;
static long asked = 0;
static long failed = 0;

void fail_malloc_arm(long n, int only_the_nth) {
  only_one = only_the_nth;
  __atomic_store_n(&asked, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&failed, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&fail_malloc_at, n, __ATOMIC_SEQ_CST);
}

// Returns how many allocations have failed since fail_malloc_arm.
long fail_malloc_failed(void) { return __atomic_load_n(&failed, __ATOMIC_SEQ_CST); }

static int fails(void) {
  const long at = __atomic_load_n(&fail_malloc_at, __ATOMIC_SEQ_CST);
  if (at == 0) return 0;
  const long mine = __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
  if (mine < at || (only_one && mine > at)) return 0;
  __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t bytes) { return fails() ? NULL : __libc_malloc(bytes); }

void* calloc(size_t count, size_t bytes) { return fails() ? NULL : __libc_calloc(count, bytes); }

void* realloc(void* old, size_t bytes) { return fails() ? NULL : __libc_realloc(old, bytes); }

void* memalign(size_t alignment, size_t bytes) {
  return fails() ? NULL : __libc_memalign(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** to, size_t alignment, size_t bytes) {
  void* const found = memalign(alignment, bytes);
  if (found == NULL) return ENOMEM;
  *to = found;
  return 0;
}

typedef int (*Create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
static Create real_create;
__attribute__((constructor)) static void find_real_create(void) {
  real_create = (Create)dlsym(RTLD_NEXT, "pthread_create");
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*),
                   void* argument) {
  return fails() ? EAGAIN : real_create(thread, attributes, work, argument);
}
