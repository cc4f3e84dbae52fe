// rate: fork(2), execve(2) and wait4(2) of itself
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc > 2)
        return 0;
    for (long n = argc > 1 ? atol(argv[1]) : 1; n > 0; n--) {
        if (fork() == 0) {
            execl("/proc/self/exe", argv[0], "child", "x", (char *)0);
            _exit(1);
        }
        int status;
        if (wait(&status) < 0 || status)
            return 1;
    }
    return 0;
}
