// Zombies wait to be reaped; orphans get another parent; WNOHANG does not wait.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
int main(void)
{
    int p[2], status;
    if (pipe(p))
        return 1;
    pid_t me = getpid(), pid = fork();
    if (pid == 0) {
        pid_t middle = getpid();
        if (fork() == 0) {
            close(p[0]);
            while (getppid() == middle)
                usleep(1000);
            char other = getppid() != middle && getppid() != me ? 'o' : 'x';
            if (write(p[1], &other, 1) != 1)
                _exit(1);
            _exit(0);
        }
        _exit(8);
    }
    close(p[1]);
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
    char c = 0, d;
    SHOW(read(p[0], &c, 1));
    SHOW(c);
    SHOW(read(p[0], &d, 1));
    TRY(wait(&status));
    if ((pid = fork()) == 0)
        _exit(3);
    while (kill(pid, 0) == 0 && waitpid(pid, &status, WNOHANG) == 0)
        usleep(1000);
    SHOW(WEXITSTATUS(status));
    TRY(kill(pid, 0));
    TRY(waitpid(pid, &status, WNOHANG));
    return 0;
}
