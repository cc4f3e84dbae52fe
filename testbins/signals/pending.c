// Blocked signals wait; plain ones merge, real-time ones queue; the lowest number comes first.
// build: glibc musl
#include "show.h"
#include <signal.h>
static int counts[65], order[20], n;
static void handler(int sig)
{
    counts[sig]++;
    if (n < 20)
        order[n++] = sig;
}
int main(void)
{
    sigset_t set, old, pend;
    int rt = SIGRTMIN + 3;
    struct sigaction sa = {.sa_handler = handler};
    sigfillset(&sa.sa_mask);
    sigaction(SIGUSR1, &sa, NULL);
    sigaction(SIGUSR2, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(rt, &sa, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, rt);
    TRY(sigprocmask(SIG_BLOCK, &set, &old));
    HOLDS(!sigismember(&old, SIGUSR1));
    for (int i = 0; i < 3; i++) {
        raise(rt);
        raise(SIGTERM);
        raise(SIGUSR2);
        raise(SIGUSR1);
    }
    SHOW(n);
    sigpending(&pend);
    printf("%d %d %d %d %d\n", sigismember(&pend, SIGUSR1), sigismember(&pend, SIGUSR2), sigismember(&pend, SIGTERM), sigismember(&pend, rt), sigismember(&pend, SIGHUP));
    signal(SIGTERM, SIG_IGN);
    TRY(sigprocmask(SIG_SETMASK, &old, NULL));
    printf("%d %d %d %d\n", counts[SIGUSR1], counts[SIGUSR2], counts[SIGTERM], counts[rt]);
    for (int i = 0; i < n; i++)
        printf("%s ", order[i] == SIGUSR1 ? "USR1" : order[i] == SIGUSR2 ? "USR2" : order[i] == rt ? "RT" : "?");
    puts("");
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigprocmask(SIG_SETMASK, NULL, &set);
    HOLDS(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP) && sigismember(&set, SIGTERM));
    TRY(sigprocmask(77, &set, NULL));
    return 0;
}
