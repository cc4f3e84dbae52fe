// fork(2) and wait4(2): a family of processes, statuses, rusage, who is whose parent.
// build: glibc musl static-pie
#include "show.h"
#include <sys/resource.h>
#include <sys/wait.h>
int main(void)
{
    pid_t me = getpid(), pid[5];
    for (int i = 0; i < 5; i++)
        if ((pid[i] = fork()) == 0) {
            if (getppid() != me || getpid() == me)
                _exit(99);
            _exit(i * 11);
        }
    int status;
    struct rusage ru;
    for (int i = 4; i >= 0; i--) {
        HOLDS(wait4(pid[i], &status, 0, &ru) == pid[i]);
        printf("%d: %d\n", i, WEXITSTATUS(status));
    }
    TRY(wait(&status));
    if (fork() == 0) {
        if (fork() == 0) {
            if (fork() == 0)
                exit(1);
            wait(&status);
            exit(WEXITSTATUS(status) * 2 + 1);
        }
        wait(&status);
        exit(WEXITSTATUS(status) * 2 + 1);
    }
    wait(&status);
    SHOW(WEXITSTATUS(status));
    TRY(waitpid(99999, &status, 0));
    TRY(waitpid(getppid(), &status, 0));
    TRY(waitpid(-1, &status, 0x1000));
    return 0;
}
