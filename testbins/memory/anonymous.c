// mmap(2) of anonymous memory: zeroed, hints, fixed, bad arguments.
// build: glibc musl
#include "show.h"
#include <sys/mman.h>
static void *map(void *at, size_t n, int prot, int flags) { return mmap(at, n, prot, flags | MAP_ANONYMOUS, -1, 0); }
int main(void)
{
    unsigned char *p = map(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    HOLDS(p != MAP_FAILED && ((uintptr_t)p & 4095) == 0);
    long sum = 0;
    for (int i = 0; i < 1 << 20; i += 64)
        sum += p[i];
    SHOW(sum);
    memset(p, 0xab, 1 << 20);
    SHOWX(fnv(p, 1 << 20));
    unsigned char *q = map(p + 8192, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED);
    HOLDS(q == p + 8192);
    printf("%d %d %d\n", p[8191], p[8192], p[12288]);
    TRY(munmap(p + 4096, 4096));
    q = map(p + 4096, 4096, PROT_READ, MAP_PRIVATE);
    HOLDS(q == p + 4096 && q[0] == 0);
    q = map(p, 4096, PROT_READ, MAP_PRIVATE);
    HOLDS(q != p && q != MAP_FAILED);
    TRY(munmap(p, 1 << 20));
    TRY(munmap(p, 1 << 20));
    TRY(munmap(p + 1, 4096));
    TRY(munmap(p, 0));
    TRYOK(map(NULL, 0, PROT_READ, MAP_PRIVATE));
    TRYOK(map(NULL, 4096, PROT_READ, 0));
    TRYOK(map((void *)0x1001, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED));
    TRYOK(map(NULL, 1UL << 60, PROT_READ, MAP_PRIVATE));
    TRYOK(map((void *)(1UL << 47), 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED));
    TRYOK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
    TRYOK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1));
    unsigned char *big = map(NULL, 1UL << 36, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    HOLDS(big != MAP_FAILED);
    big[1UL << 35] = 5;
    SHOW(big[1UL << 35] + big[(1UL << 36) - 1]);
    TRY(munmap(big, 1UL << 36));
    return 0;
}
