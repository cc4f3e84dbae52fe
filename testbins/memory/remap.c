// mremap(2): in place, moving, shrinking, fixed, refused.
// build: glibc musl
#include "show.h"
#include <sys/mman.h>
int main(void)
{
    int rw = PROT_READ | PROT_WRITE, fl = MAP_PRIVATE | MAP_ANONYMOUS;
    char *area = mmap(NULL, 64 * 4096, rw, fl, -1, 0);
    munmap(area, 64 * 4096);
    char *p = mmap(area, 4 * 4096, rw, fl | MAP_FIXED, -1, 0);
    for (int i = 0; i < 4; i++)
        memset(p + i * 4096, 'a' + i, 4096);
    char *q = mremap(p, 4 * 4096, 8 * 4096, 0);
    HOLDS(q == p);
    SHOW(p[3 * 4096]);
    SHOW(p[4 * 4096]);
    q = mremap(p, 8 * 4096, 2 * 4096, 0);
    HOLDS(q == p);
    char *wall = mmap(p + 2 * 4096, 4096, rw, fl | MAP_FIXED, -1, 0);
    HOLDS(mremap(p, 2 * 4096, 4 * 4096, 0) == MAP_FAILED && errno == ENOMEM);
    q = mremap(p, 2 * 4096, 4 * 4096, MREMAP_MAYMOVE);
    HOLDS(q != MAP_FAILED && q != p);
    printf("%c %c %d\n", q[0], q[4096], q[2 * 4096]);
    HOLDS(msync(p, 4096, MS_ASYNC) == -1 && errno == ENOMEM);
    char *r = mremap(q, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, area + 32 * 4096);
    HOLDS(r == area + 32 * 4096);
    SHOW(r[4096]);
    TRYOK(mremap(r + 1, 4096, 8192, MREMAP_MAYMOVE));
    TRYOK(mremap(r, 4096, 0, MREMAP_MAYMOVE));
    TRYOK(mremap(q, 4096, 8192, MREMAP_MAYMOVE));
    TRYOK(mremap(r, 4096, 8192, 0x100));
    TRYOK(mremap(r, 4096, 4096, MREMAP_FIXED, wall));
    void *big = malloc(200000);
    memset(big, 3, 200000);
    big = realloc(big, 5000000);
    SHOW(((char *)big)[199999]);
    return 0;
}
