// Unmasked floating-point exceptions raise SIGFPE with the right code.
// build: glibc
#include "show.h"
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
static sigjmp_buf back;
static volatile int code;
static void handler(int sig, siginfo_t *info, void *uc) { (void)sig, (void)uc; code = info->si_code; siglongjmp(back, 1); }
static const char *name(int c)
{
    return c == FPE_FLTDIV ? "FLTDIV" : c == FPE_FLTOVF ? "FLTOVF" : c == FPE_FLTUND ? "FLTUND" : c == FPE_FLTRES ? "FLTRES" : c == FPE_FLTINV ? "FLTINV" : "?";
}
#define TRAP(which, expr)                                              \
    do {                                                               \
        feclearexcept(FE_ALL_EXCEPT);                                  \
        if (sigsetjmp(back, 1) == 0) {                                 \
            feenableexcept(which);                                     \
            expr;                                                      \
            printf("%s: no trap\n", #expr);                            \
        } else                                                         \
            printf("%s: %s\n", #expr, name(code));                     \
        fedisableexcept(FE_ALL_EXCEPT);                                \
    } while (0)
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &sa, NULL);
    volatile double one = 1, zero = 0, huge = 1e308, tiny = 1e-308, three = 3, r;
    volatile long double lone = 1, lzero = 0, lr;
    TRAP(FE_DIVBYZERO, r = one / zero);
    TRAP(FE_INVALID, r = zero / zero);
    TRAP(FE_OVERFLOW, r = huge * huge);
    TRAP(FE_UNDERFLOW, r = tiny * tiny);
    TRAP(FE_INEXACT, r = one / three);
    TRAP(FE_DIVBYZERO, r = one / three);
    TRAP(FE_DIVBYZERO, lr = lone / lzero; __asm__ volatile("fwait"));
    (void)r, (void)lr;
    return 0;
}
