// waitid(2): options, siginfo, WNOWAIT, WNOHANG.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
int main(void)
{
    siginfo_t info;
    pid_t pid = fork();
    if (pid == 0)
        pause();
    memset(&info, 0, sizeof info);
    TRY(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
    SHOW(info.si_pid);
    TRY(waitpid(pid, NULL, WNOHANG));
    kill(pid, SIGTERM);
    TRY(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    printf("%d %d %d\n", info.si_pid == pid, info.si_code == CLD_KILLED, info.si_status == SIGTERM);
    TRY(waitid(P_ALL, 0, &info, WEXITED));
    HOLDS(info.si_signo == SIGCHLD);
    TRY(waitid(P_ALL, 0, &info, WEXITED));
    if ((pid = fork()) == 0)
        _exit(200);
    TRY(waitid(P_PGID, getpgrp(), &info, WEXITED));
    printf("%d %d\n", info.si_code == CLD_EXITED, info.si_status);
    TRY(waitid(P_ALL, 0, &info, 0));
    TRY(waitid(77, 0, &info, WEXITED));
    return 0;
}
