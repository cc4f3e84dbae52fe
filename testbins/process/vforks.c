// vfork(2): the child borrows the parent's memory until it exits or execs.
// build: glibc musl
#include "show.h"
#include <sys/wait.h>
int main(int argc, char **argv)
{
    static volatile int shared;
    int status;
    if (argc > 1)
        return 21;
    char self[4096];
    long n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        shared = 5;
        _exit(4);
    }
    SHOW(shared);
    HOLDS(waitpid(pid, &status, 0) == pid);
    SHOW(WEXITSTATUS(status));
    char *args[] = {argv[0], "child", NULL};
    pid = vfork();
    if (pid == 0) {
        shared = 6;
        execv(self, args);
        _exit(1);
    }
    SHOW(shared);
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
    pid = vfork();
    if (pid == 0) {
        execv("/no/such/thing", args);
        shared = errno;
        _exit(127);
    }
    SHOWS(errno_name(shared));
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
    return 0;
}
