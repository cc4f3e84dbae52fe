// A jump into data ends in SIGSEGV.
// build: glibc musl
// status: 139
#include "show.h"
static unsigned char code[] = {0xc3};
int main(void)
{
    puts("before");
    ((void (*)(void))(void *)code)();
    puts("not reached");
    return 0;
}
