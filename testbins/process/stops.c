// SIGSTOP and SIGCONT: WUNTRACED and WCONTINUED see them, a stopped child does nothing.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/wait.h>
int main(void)
{
    int p[2], status;
    char c;
    if (pipe(p))
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        c = 'c';
        if (write(p[1], &c, 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
    HOLDS(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    TRY(waitpid(pid, &status, WNOHANG | WUNTRACED));
    kill(pid, SIGCONT);
    HOLDS(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    SHOW(read(p[0], &c, 1));
    kill(pid, SIGTSTP);
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    kill(pid, SIGTERM);
    TRY(waitpid(pid, &status, WNOHANG));
    kill(pid, SIGCONT);
    HOLDS(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    return 0;
}
