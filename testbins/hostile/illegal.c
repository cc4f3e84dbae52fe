// UD2 ends in SIGILL.
// build: glibc musl
// status: 132
#include "show.h"
int main(void)
{
    puts("before");
    __asm__ volatile("ud2");
    puts("not reached");
    return 0;
}
