// The same thing said through stdio, through write(2), and by the bare instruction.
// build: glibc musl static-pie
#include "show.h"
int main(void)
{
    printf("said by printf\n");
    fflush(stdout);
    if (write(1, "said by write\n", 14) != 14)
        return 1;
    long ret;
    static const char text[] = "said by syscall\n";
    __asm__ volatile("syscall" : "=a"(ret) : "a"(1), "D"(1), "S"(text), "d"(sizeof text - 1) : "rcx", "r11", "memory");
    SHOW(ret);
    return 0;
}
