// A store through NULL ends in SIGSEGV.
// build: glibc musl static-pie debug
// status: 139
#include "show.h"
int main(void)
{
    puts("before");
    fprintf(stderr, "on stderr too\n");
    *(volatile int *)0 = 1;
    puts("not reached");
    return 0;
}
