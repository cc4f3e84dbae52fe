// rt_sigreturn(2) from nowhere, with rubbish for a frame, ends in SIGSEGV.
// build: glibc
// status: 139
#include "show.h"
#include <sys/syscall.h>
int main(void)
{
    puts("before");
    static uint64_t junk[512];
    for (int i = 0; i < 512; i++)
        junk[i] = 0xffff800000000000u + i;
    __asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall\n\tud2" : : "r"(junk + 100) : "memory");
    return 0;
}
