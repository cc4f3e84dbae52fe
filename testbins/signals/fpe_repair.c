// SIGFPE from division: the handler sees the code and either repairs the divisor or skips.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <ucontext.h>
static void repair(int sig, siginfo_t *info, void *uc)
{
    ucontext_t *c = uc;
    printf("signal %d FPE_INTDIV %d at rip %d trap %lld\n", sig, info->si_code == FPE_INTDIV,
           info->si_addr == (void *)c->uc_mcontext.gregs[REG_RIP], (long long)c->uc_mcontext.gregs[REG_TRAPNO]);
    c->uc_mcontext.gregs[REG_RCX] = 7;
    c->uc_mcontext.gregs[REG_RDX] = 0;
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &sa, NULL);
    unsigned long q = 100, rem = 0, by = 0;
    __asm__ volatile("div %2" : "+a"(q), "+d"(rem), "+c"(by));
    printf("%lu %lu %lu\n", q, rem, by);
    q = 5, rem = 10, by = 3;
    __asm__ volatile("div %2" : "+a"(q), "+d"(rem), "+c"(by));
    printf("overflow: %lu %lu %lu\n", q, rem, by);
    long min = (long)(1UL << 63), sx = -1, m1 = -1;
    __asm__ volatile("idiv %2" : "+a"(min), "+d"(sx), "+c"(m1));
    printf("min/-1: %ld %ld %ld\n", min, sx, m1);
    int a = 1000, d = 0, b = 0;
    __asm__ volatile("idivl %2" : "+a"(a), "+d"(d), "+c"(b));
    printf("32 bits: %d %d\n", a, d);
    return 0;
}
