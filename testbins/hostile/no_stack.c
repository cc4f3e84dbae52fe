// A signal whose frame cannot be written kills with SIGSEGV.
// build: glibc
// status: 139
#include "show.h"
#include <signal.h>
static void handler(int sig) { (void)sig; _exit(1); }
int main(void)
{
    signal(SIGUSR1, handler);
    puts("before");
    __asm__ volatile("mov %0, %%edi\n\tmov %1, %%esi\n\tmov $62, %%eax\n\tmov $64, %%esp\n\tsyscall\n\tud2" : : "r"(getpid()), "r"(SIGUSR1) : "memory", "eax", "edi", "esi");
    return 0;
}
