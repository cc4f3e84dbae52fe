// SIGSEGV handlers that repair the cause and return, and ones that change where to.
// build: glibc musl static-pie
#include "show.h"
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
static char *page;
static int faults;
static void repair(int sig, siginfo_t *info, void *uc)
{
    (void)sig, (void)uc;
    char *at = (char *)((uintptr_t)info->si_addr & ~4095UL);
    faults++;
    if (mprotect(at, 4096, PROT_READ | PROT_WRITE))
        mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
static void skip(int sig, siginfo_t *info, void *uc)
{
    (void)sig;
    ucontext_t *c = uc;
    printf("fault at %#lx, trap %lld, error %lld\n", (long)info->si_addr, (long long)c->uc_mcontext.gregs[REG_TRAPNO], (long long)c->uc_mcontext.gregs[REG_ERR] & 7);
    c->uc_mcontext.gregs[REG_RIP] += 3;
    c->uc_mcontext.gregs[REG_RAX] = 4242;
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    page = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 20; i++)
        page[i * 4096 + i] = i + 1;
    SHOW(faults);
    munmap(page + 30 * 4096, 4096);
    page[30 * 4096] = 9;
    SHOW(faults);
    long sum = 0;
    for (int i = 0; i < 20; i++)
        sum += page[i * 4096 + i];
    SHOW(sum);
    /* A store over the border of two pages, the second refused, must have no half effect. */
    *(uint64_t *)(page + 40 * 4096) = 0;
    mprotect(page + 41 * 4096, 4096, PROT_NONE);
    *(volatile uint64_t *)(page + 41 * 4096 - 3) = 0x1122334455667788;
    SHOWX(*(uint64_t *)(page + 41 * 4096 - 3));
    SHOW(faults);
    /* A string instruction goes on where it faulted. */
    void *d = page + 50 * 4096;
    long n = 3 * 4096;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(0x5a) : "memory");
    SHOW(n);
    SHOWX(fnv(page + 50 * 4096, 3 * 4096));
    SHOW(faults);
    sa.sa_sigaction = skip;
    sigaction(SIGSEGV, &sa, NULL);
    long r;
    __asm__ volatile("mov (%1), %0" : "=a"(r) : "c"(0x10L));
    SHOW(r);
    __asm__ volatile("mov %0, (%1)" : "=a"(r) : "c"(0x18L));
    SHOW(r);
    __asm__ volatile("mov (%1), %0" : "=a"(r) : "c"(0x8000000000000000L));
    SHOW(r);
    return 0;
}
