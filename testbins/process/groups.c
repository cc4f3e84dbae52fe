// Process groups and sessions: setpgid(2), setsid, getpgid, getsid, and kill of a group.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
int main(void)
{
    int status;
    HOLDS(getpgrp() == getpgid(0));
    HOLDS(getsid(0) > 0 || getsid(0) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        HOLDS(getpgrp() == getpgid(getppid()));
        TRY(setpgid(0, 0));
        HOLDS(getpgrp() == getpid());
        TRY(setsid());
        _exit(0);
    }
    waitpid(pid, &status, 0);
    pid = fork();
    if (pid == 0) {
        HOLDS(setsid() == getpid());
        HOLDS(getsid(0) == getpid() && getpgrp() == getpid());
        TRY(setpgid(0, 0));
        TRY(setsid());
        pid_t kid[3];
        for (int i = 0; i < 3; i++)
            if ((kid[i] = fork()) == 0) {
                setpgid(0, i ? kid[0] : 0);
                for (;;)
                    pause();
            } else
                setpgid(kid[i], kid[0]);
        HOLDS(getpgid(kid[2]) == kid[0]);
        TRY(kill(-kid[0], SIGTERM));
        int killed = 0;
        for (int i = 0; i < 3; i++)
            if (waitpid(-kid[0], &status, 0) > 0)
                killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
        SHOW(killed);
        TRY(kill(-kid[0], 0));
        _exit(5);
    }
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
    TRY(setpgid(-1, 0));
    TRY(setpgid(0, -1));
    TRY(getpgid(99999999));
    TRY(getsid(99999999));
    TRY(setpgid(99999999, 0));
    return 0;
}
