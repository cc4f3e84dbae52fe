// Unmasked exceptions of the x87 and of SSE: where the signal comes, its si_code, what the handler sees and what is left.
// build: glibc
// flags: -fno-builtin
#include "show.h"
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>
static sigjmp_buf back;
static volatile int code, status, control, at_address;
static void *volatile address;
static void handler(int sig, siginfo_t *info, void *uc)
{
    (void)sig;
    struct _libc_fpstate *fp = ((ucontext_t *)uc)->uc_mcontext.fpregs;
    code = info->si_code, status = fp->swd, control = fp->cwd;
    at_address = info->si_addr == (void *)((ucontext_t *)uc)->uc_mcontext.gregs[REG_RIP];
    siglongjmp(back, 1);
}
static const char *name(int c)
{
    return c == FPE_FLTDIV ? "FLTDIV" : c == FPE_FLTOVF ? "FLTOVF" : c == FPE_FLTUND ? "FLTUND" : c == FPE_FLTRES ? "FLTRES" : c == FPE_FLTINV ? "FLTINV" : "?";
}
#define TRAP(which, expr)                                                                                            \
    do {                                                                                                             \
        feclearexcept(FE_ALL_EXCEPT);                                                                                \
        if (sigsetjmp(back, 1) == 0) {                                                                               \
            feenableexcept(which);                                                                                   \
            expr;                                                                                                    \
            __asm__ volatile("fwait");                                                                               \
            printf("%s under %s: no trap\n", #expr, #which);                                                         \
        } else                                                                                                       \
            printf("%s under %s: %s, x87 %04x %04x, at RIP %d\n", #expr, #which, name(code), status & 0xc7ff, control, at_address); \
        __asm__ volatile("fninit");                                                                                  \
        fesetenv(FE_DFL_ENV);                                                                                        \
    } while (0)
#define X87(what, in) do { long double v_ = (in); __asm__ volatile("fldt %0\n\t" what :: "m"(v_)); } while (0)
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &sa, NULL);
    volatile long double one = 1, zero = 0, max = LDBL_MAX, min = LDBL_MIN, three = 3, denormal = LDBL_MIN / 4, lr;
    volatile double d1 = 1, d0 = 0, dmax = DBL_MAX, dmin = DBL_MIN, d3 = 3, dr;
    volatile float f1 = 1, f0 = 0, fmax = FLT_MAX, fmin = FLT_MIN, f3 = 3, fr;
    TRAP(FE_DIVBYZERO, lr = one / zero);
    TRAP(FE_DIVBYZERO, dr = d1 / d0);
    TRAP(FE_DIVBYZERO, fr = f1 / f0);
    TRAP(FE_INVALID, lr = zero / zero);
    TRAP(FE_INVALID, lr = sqrtl(-one));
    TRAP(FE_INVALID, dr = sqrt(-d1));
    TRAP(FE_INVALID, fr = f0 / f0);
    TRAP(FE_OVERFLOW, lr = max * max);
    TRAP(FE_OVERFLOW, dr = dmax * dmax);
    TRAP(FE_OVERFLOW, fr = fmax * fmax);
    TRAP(FE_OVERFLOW, dr = (double)max);
    TRAP(FE_OVERFLOW, fr = (float)max);
    TRAP(FE_UNDERFLOW, lr = min * min);
    TRAP(FE_UNDERFLOW, lr = min / 2);
    TRAP(FE_UNDERFLOW, dr = dmin / d3);
    TRAP(FE_UNDERFLOW, fr = fmin / f3);
    TRAP(FE_UNDERFLOW, dr = (double)min);
    TRAP(FE_INEXACT, lr = one / three);
    TRAP(FE_INEXACT, dr = d1 / d3);
    TRAP(FE_INEXACT, fr = f1 / f3);
    TRAP(FE_INEXACT, dr = (double)(one + LDBL_EPSILON));
    TRAP(FE_INEXACT, lr = rintl(one / three));
    TRAP(FE_INVALID, (void)llrintl(max));
    TRAP(FE_INVALID | FE_DIVBYZERO, lr = one / three);
    TRAP(FE_INEXACT | FE_OVERFLOW, lr = max * 3);
    TRAP(FE_ALL_EXCEPT, lr = one + one);
    TRAP(FE_ALL_EXCEPT, lr = denormal + one);
    // The stack's own faults are invalid operations.
    TRAP(FE_INVALID, __asm__ volatile("fninit\n\tfldcw %0\n\tfaddp" ::"m"((uint16_t){0x37e})));
    TRAP(FE_INVALID, __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1\n\tfld1" ::"m"((uint16_t){0x37e})));
    TRAP(FE_INVALID, X87("fldz\n\tfcomp", __builtin_nansl("")));
    // An exception that is pending stops the next waiting instruction, not those that do not wait.
    TRAP(FE_DIVBYZERO, X87("fldz\n\tfdivrp\n\tfnstsw %%ax\n\tfnop", 1.0L));
    // Unmasking what was noted before raises it.
    TRAP(FE_INEXACT, __asm__ volatile("fld1\n\tfldpi\n\tfdivrp\n\tfldcw %0\n\tfnop" ::"m"((uint16_t){0x35f})));
    int again = feenableexcept(FE_DIVBYZERO);
    SHOW(again), SHOW(fegetexcept()), SHOW(fedisableexcept(FE_ALL_EXCEPT)), SHOW(fegetexcept());
    (void)lr, (void)dr, (void)fr;
    return 0;
}
