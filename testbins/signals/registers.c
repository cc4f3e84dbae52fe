// Every register survives a handler that uses them all: general, flags, SSE, x87.
// build: glibc musl
#include "show.h"
#include <math.h>
#include <signal.h>
#include <ucontext.h>
static volatile int runs;
static void handler(int sig, siginfo_t *info, void *uc)
{
    (void)sig, (void)info;
    ucontext_t *c = uc;
    printf("r12 %#llx rbx %#llx CF %lld DF %lld\n", (long long)c->uc_mcontext.gregs[REG_R12], (long long)c->uc_mcontext.gregs[REG_RBX],
           (long long)c->uc_mcontext.gregs[REG_EFL] & 1, (long long)(c->uc_mcontext.gregs[REG_EFL] >> 10) & 1);
    uint32_t *x = (uint32_t *)&c->uc_mcontext.fpregs->_xmm[7];
    printf("xmm7 %x %x mxcsr %x cwd %x\n", x[0], x[3], c->uc_mcontext.fpregs->mxcsr & 0xffc0, c->uc_mcontext.fpregs->cwd);
    x[1] = 0xfeedface;
    c->uc_mcontext.gregs[REG_R13] = 0x1313;
    volatile long double l = sqrtl(runs + 2.0L) * 3;
    volatile double d = sin(runs) + 1;
    printf("%.3Lf %.3f\n", l, d);
    __asm__ volatile("pxor %%xmm7,%%xmm7; pxor %%xmm8,%%xmm8; xor %%r12,%%r12; clc" ::: "xmm7", "xmm8", "r12", "cc");
    runs++;
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &sa, NULL);
    uint32_t in[4] = {1, 2, 3, 4}, out[4];
    uint64_t r12, r13, rbx, cf;
    long double st = 0;
    __asm__ volatile("movdqu %[in], %%xmm7\n\t"
                     "movdqu %[in], %%xmm8\n\t"
                     "fldpi\n\t"
                     "mov $0x1212, %%r12\n\t"
                     "mov $0xbbbb, %%rbx\n\t"
                     "stc\n\t"
                     "int3\n\t"
                     "setc %%al\n\t"
                     "movzbl %%al, %%eax\n\t"
                     "mov %%r12, %[r12]\n\t"
                     "mov %%r13, %[r13]\n\t"
                     "mov %%rbx, %[rbx]\n\t"
                     "fstpt %[st]\n\t"
                     "paddd %%xmm8, %%xmm7\n\t"
                     "movdqu %%xmm7, %[out]\n\t"
                     : [out] "=m"(out), [r12] "=m"(r12), [r13] "=m"(r13), [rbx] "=m"(rbx), [st] "=m"(st), "=a"(cf)
                     : [in] "m"(in)
                     : "xmm7", "xmm8", "r12", "r13", "rbx", "cc", "memory");
    printf("%x %x %x %x\n", out[0], out[1], out[2], out[3]);
    printf("r12 %#lx r13 %#lx rbx %#lx cf %lu st %.18Lf\n", r12, r13, rbx, cf, st);
    return 0;
}
