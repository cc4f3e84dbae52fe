// sigaltstack(2): the handler runs there when asked, and only then; overflow of the main
// stack is survivable.
// build: glibc musl
#include "show.h"
#include <setjmp.h>
#include <signal.h>
static char area[65536];
static sigjmp_buf back;
static int on_alt(void) { char here; return &here >= area && &here < area + sizeof area; }
static void handler(int sig)
{
    stack_t now;
    sigaltstack(NULL, &now);
    printf("signal %d: on alternate stack %d, SS_ONSTACK %d\n", sig, on_alt(), (now.ss_flags & SS_ONSTACK) != 0);
    if (on_alt()) {
        stack_t st = {.ss_sp = area, .ss_size = sizeof area};
        TRY(sigaltstack(&st, NULL));
    }
}
static void overflow(int sig)
{
    (void)sig;
    printf("overflow on alternate stack %d\n", on_alt());
    siglongjmp(back, 1);
}
static int recurse(volatile char *p, int n)
{
    volatile char frame[4096];
    frame[0] = p[0] + n;
    return recurse(frame, n + 1) + frame[0];
}
int main(void)
{
    stack_t st = {.ss_sp = area, .ss_size = sizeof area}, old;
    TRY(sigaltstack(NULL, &old));
    SHOW(old.ss_flags == SS_DISABLE);
    TRY(sigaltstack(&st, NULL));
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &sa, NULL);
    sa.sa_flags = 0;
    sigaction(SIGUSR2, &sa, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    sigaltstack(NULL, &old);
    HOLDS(old.ss_sp == area && old.ss_size == sizeof area && old.ss_flags == 0);
    sa.sa_handler = overflow;
    sa.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &sa, NULL);
    char c = 1;
    if (sigsetjmp(back, 1) == 0)
        recurse(&c, 0);
    st.ss_flags = SS_DISABLE;
    TRY(sigaltstack(&st, NULL));
    st.ss_flags = 0, st.ss_size = 100;
    TRY(sigaltstack(&st, NULL));
    st.ss_flags = 77, st.ss_size = sizeof area;
    TRY(sigaltstack(&st, NULL));
    return 0;
}
