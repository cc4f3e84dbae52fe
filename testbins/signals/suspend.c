// sigsuspend(2): waits with another mask, and has the old one back afterwards.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
static volatile int got;
static void handler(int sig) { got = sig; }
int main(void)
{
    struct sigaction sa = {.sa_handler = handler};
    sigaction(SIGUSR1, &sa, NULL);
    sigaction(SIGUSR2, &sa, NULL);
    sigset_t block, empty, now;
    sigemptyset(&empty);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigaddset(&block, SIGUSR2);
    sigprocmask(SIG_BLOCK, &block, NULL);
    raise(SIGUSR1);
    TRY(sigsuspend(&empty));
    SHOW(got == SIGUSR1);
    sigprocmask(SIG_SETMASK, NULL, &now);
    HOLDS(sigismember(&now, SIGUSR1) && sigismember(&now, SIGUSR2));
    for (int i = 0; i < 20; i++) {
        pid_t parent = getpid();
        if (fork() == 0) {
            kill(parent, SIGUSR2);
            _exit(0);
        }
        got = 0;
        if (sigsuspend(&empty) != -1 || errno != EINTR || got != SIGUSR2)
            puts("lost");
        wait(NULL);
    }
    puts("twenty times");
    return 0;
}
