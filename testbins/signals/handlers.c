// Handlers get the signal, siginfo and a context, for each way of sending.
// build: glibc musl static-pie
#include "show.h"
#include <signal.h>
#include <sys/syscall.h>
static const char *code_name(int c) { return c == SI_USER ? "SI_USER" : c == SI_TKILL ? "SI_TKILL" : c == SI_QUEUE ? "SI_QUEUE" : "?"; }
static void plain(int sig) { printf("plain %d\n", sig); }
static void full(int sig, siginfo_t *info, void *uc)
{
    printf("full %d signo %d %s from self %d context %d\n", sig, info->si_signo, code_name(info->si_code), info->si_pid == getpid(), uc != NULL);
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = full, .sa_flags = SA_SIGINFO}, old;
    sigaction(SIGUSR1, &sa, NULL);
    sigaction(SIGRTMIN, &sa, NULL);
    signal(SIGUSR2, plain);
    TRY(kill(getpid(), SIGUSR1));
    TRY(raise(SIGUSR1));
    TRY(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
    TRY(syscall(SYS_tkill, getpid(), SIGRTMIN));
    TRY(raise(SIGUSR2));
    TRY(sigaction(SIGUSR1, NULL, &old));
    HOLDS(old.sa_sigaction == full && (old.sa_flags & SA_SIGINFO));
    TRY(sigaction(SIGKILL, &sa, NULL));
    TRY(sigaction(SIGSTOP, &sa, NULL));
    TRY(sigaction(65, &sa, NULL));
    signal(SIGUSR1, SIG_IGN);
    TRY(raise(SIGUSR1));
    TRY(raise(SIGCHLD));
    TRY(kill(getpid(), 0));
    TRY(kill(getpid(), 65));
    TRY(kill(99999999, 0));
    TRY(syscall(SYS_tgkill, getpid(), 99999999, SIGUSR1));
    TRY(syscall(SYS_tgkill, -1, getpid(), SIGUSR1));
    return 0;
}
