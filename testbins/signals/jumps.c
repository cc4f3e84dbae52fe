// siglongjmp out of handlers restores the mask, longjmp from setjmp does not.
// build: glibc musl
#include "show.h"
#include <setjmp.h>
#include <signal.h>
static sigjmp_buf here;
static int save;
static void handler(int sig) { (void)sig; siglongjmp(here, save ? 5 : 6); }
int main(void)
{
    signal(SIGUSR1, handler);
    sigset_t now;
    volatile int total = 0;
    save = 1;
    for (volatile int i = 0; i < 50; i++) {
        if (sigsetjmp(here, 1) == 0)
            raise(SIGUSR1);
        total++;
        sigprocmask(SIG_SETMASK, NULL, &now);
        if (sigismember(&now, SIGUSR1))
            puts("still blocked");
    }
    SHOW(total);
    save = 0;
    int r = sigsetjmp(here, 0);
    if (r == 0)
        raise(SIGUSR1);
    SHOW(r);
    sigprocmask(SIG_SETMASK, NULL, &now);
    SHOW(sigismember(&now, SIGUSR1));
    return 0;
}
