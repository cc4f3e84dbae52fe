// The stack grows on touch, far beyond its first pages.
// build: glibc musl debug
#include "show.h"
#include <alloca.h>
static long __attribute__((noinline)) touch(size_t n)
{
    volatile char *p = alloca(n);
    for (size_t i = 0; i < n; i += 4096)
        p[i] = 1;
    long sum = 0;
    for (size_t i = 0; i < n; i += 4096)
        sum += p[i];
    return sum;
}
int main(void)
{
    SHOW(touch(10000));
    SHOW(touch(1000000));
    SHOW(touch(6000000));
    char big[1 << 20];
    memset(big, 1, sizeof big);
    SHOWX(fnv(big, sizeof big));
    return 0;
}
