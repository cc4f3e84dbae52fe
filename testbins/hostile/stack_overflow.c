// Endless recursion ends in SIGSEGV.
// build: glibc musl debug
// status: 139
#include "show.h"
static int __attribute__((noinline)) again(volatile char *p)
{
    volatile char frame[1000];
    frame[0] = *p + 1;
    return again(frame) + frame[0];
}
int main(void)
{
    char c = 0;
    puts("recursing");
    return again(&c);
}
