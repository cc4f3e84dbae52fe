// INT3 without a debugger ends in SIGTRAP.
// build: glibc musl
// status: 133
#include "show.h"
int main(void)
{
    puts("before");
    __asm__ volatile("int3");
    return 0;
}
