// A handler's own signal and sa_mask are blocked while it runs; SA_NODEFER and SA_RESETHAND.
// build: glibc musl
#include "show.h"
#include <signal.h>
static int depth;
static void nested(int sig)
{
    printf("%*s> %d\n", depth * 2, "", sig);
    depth++;
    if (sig == SIGUSR1) {
        raise(SIGUSR2);
        raise(SIGUSR1);
        raise(SIGHUP);
    }
    depth--;
    printf("%*s< %d\n", depth * 2, "", sig);
}
static int times;
static void again(int sig)
{
    printf("again %d\n", ++times);
    if (times < 3)
        raise(sig);
    printf("done %d\n", times);
}
int main(void)
{
    struct sigaction sa = {.sa_handler = nested};
    sigset_t now;
    sigaddset(&sa.sa_mask, SIGHUP);
    sigaction(SIGUSR1, &sa, NULL);
    sigemptyset(&sa.sa_mask);
    sigaction(SIGUSR2, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    static int once;
    raise(SIGHUP);
    struct sigaction quiet = {.sa_handler = SIG_DFL};
    (void)once;
    sigset_t all;
    sigfillset(&all);
    sa.sa_handler = again;
    sa.sa_flags = SA_NODEFER;
    sigaction(SIGTERM, &sa, NULL);
    raise(SIGTERM);
    sa.sa_handler = nested;
    sa.sa_flags = SA_RESETHAND;
    sigaction(SIGURG, &sa, NULL);
    raise(SIGURG);
    raise(SIGURG);
    struct sigaction old;
    sigaction(SIGURG, NULL, &old);
    HOLDS(old.sa_handler == SIG_DFL);
    sigaction(SIGTERM, &quiet, NULL);
    sa.sa_flags = 0;
    sa.sa_handler = nested;
    sigaddset(&sa.sa_mask, SIGUSR2);
    sigaction(SIGUSR2, &sa, NULL);
    raise(SIGUSR2);
    sigprocmask(SIG_SETMASK, NULL, &now);
    HOLDS(!sigismember(&now, SIGUSR2) && !sigismember(&now, SIGHUP));
    return 0;
}
