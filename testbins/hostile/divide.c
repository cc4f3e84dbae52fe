// Division by zero ends in SIGFPE.
// build: glibc musl
// status: 136
#include "show.h"
int main(int argc, char **argv)
{
    (void)argv;
    puts("before");
    volatile int zero = argc - 1;
    __asm__ volatile("cltd\n\tidivl %0" : : "m"(zero) : "eax", "edx", "cc");
    return 0;
}
