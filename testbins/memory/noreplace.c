// MAP_FIXED_NOREPLACE: only where nothing is.
// build: glibc musl
#include "show.h"
#include <sys/mman.h>
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
int main(void)
{
    int fl = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, rw = PROT_READ | PROT_WRITE;
    char *p = mmap(NULL, 16 * 4096, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 'k', 4096);
    HOLDS(mmap(p, 4096, rw, fl, -1, 0) == MAP_FAILED && errno == EEXIST);
    SHOW(p[0]);
    munmap(p + 4096, 4 * 4096);
    HOLDS(mmap(p + 4096, 4 * 4096, rw, fl, -1, 0) == p + 4096);
    SHOW(p[4096]);
    munmap(p + 4096, 4 * 4096);
    HOLDS(mmap(p + 4096, 5 * 4096, rw, fl, -1, 0) == MAP_FAILED && errno == EEXIST);
    HOLDS(mmap(p + 8192, 4096, rw, fl, -1, 0) == p + 8192);
    TRYOK(mmap(p + 1, 4096, rw, fl, -1, 0));
    return 0;
}
