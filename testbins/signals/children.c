// SIGCHLD: what siginfo says; ignored, children leave no zombies.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
static volatile pid_t child;
static volatile int seen;
static void handler(int sig, siginfo_t *info, void *uc)
{
    (void)uc;
    printf("SIGCHLD %d code %s status %d\n", sig == SIGCHLD,
           info->si_code == CLD_EXITED ? "EXITED" : info->si_code == CLD_KILLED ? "KILLED" : "?", info->si_status);
    seen++;
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t block, empty;
    sigemptyset(&empty);
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, NULL);
    sigaction(SIGCHLD, &sa, NULL);
    if ((child = fork()) == 0)
        _exit(33);
    while (seen < 1)
        sigsuspend(&empty);
    int status;
    HOLDS(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 33);
    if ((child = fork()) == 0) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    while (seen < 2)
        sigsuspend(&empty);
    HOLDS(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGINT);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            _exit(i);
    TRY(wait(NULL));
    sa.sa_handler = SIG_DFL;
    sa.sa_flags = SA_NOCLDWAIT;
    sigaction(SIGCHLD, &sa, NULL);
    if (fork() == 0)
        _exit(0);
    TRY(wait(&status));
    return 0;
}
