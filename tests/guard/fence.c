// A library for LD_PRELOAD. Behind each block of aligned_alloc, from which the kernels' scratch
// memory comes, lies a page that may not be touched, and blocks begin as NaNs. So a kernel that
// reads or writes behind its scratch memory, or after it has given it back, ends the process, and
// it shows if a kernel reads what it hasn't written.
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void __libc_free(void* block);

static const int kReserved = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
// Addresses without memory. Each is given out once.
static const size_t kArena = (size_t)1 << 42;
// A block's header, which holds the number of bytes between the header's page and the block's end.
static const size_t kHeader = 64;
static char* arena;
static atomic_size_t used;

__attribute__((constructor)) static void Reserve(void) {
  arena = mmap(NULL, kArena, PROT_NONE, kReserved, -1, 0);
  if (arena == MAP_FAILED) abort();
}

// `size` is a multiple of the alignment, so that a block that ends with a page is aligned.
void* aligned_alloc(size_t alignment, size_t size) {
  (void)alignment;
  const size_t page = sysconf(_SC_PAGESIZE);
  const size_t bytes = (kHeader + size + page - 1) / page * page;
  const size_t begin = atomic_fetch_add(&used, bytes + page);
  if (begin + bytes + page > kArena) abort();
  if (mprotect(arena + begin, bytes, PROT_READ | PROT_WRITE) != 0) return NULL;
  memset(arena + begin, 0xff, bytes);
  char* const block = arena + begin + bytes - size;
  memcpy(block - kHeader, &bytes, sizeof bytes);
  return block;
}

void free(void* block) {
  char* const at = block;
  if (at < arena || arena + kArena <= at) {
    __libc_free(block);
    return;
  }
  size_t bytes;
  memcpy(&bytes, at - kHeader, sizeof bytes);
  const uintptr_t page = sysconf(_SC_PAGESIZE);
  char* const begin = (char*)((uintptr_t)(at - kHeader) / page * page);
  if (mmap(begin, bytes, PROT_NONE, kReserved | MAP_FIXED, -1, 0) == MAP_FAILED) abort();
}
