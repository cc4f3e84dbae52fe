// status: 12
// execve(2) of itself: arguments and environment arrive, errors leave it running, what survives.
// build: glibc musl static-pie
#include "show.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
int main(int argc, char **argv)
{
    char self[4096];
    long n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = 0;
    if (argc > 1 && strcmp(argv[1], "stage2") == 0) {
        for (int i = 1; i < argc; i++)
            printf("[%s] ", argv[i]);
        printf("KEEP=%s GONE=%s\n", getenv("KEEP"), getenv("GONE") ? "there" : "not there");
        struct sigaction sa;
        sigset_t mask;
        sigaction(SIGUSR1, NULL, &sa);
        printf("handler reset %d", sa.sa_handler == SIG_DFL);
        sigaction(SIGUSR2, NULL, &sa);
        printf(" ignored kept %d", sa.sa_handler == SIG_IGN);
        sigprocmask(SIG_SETMASK, NULL, &mask);
        printf(" mask kept %d", sigismember(&mask, SIGHUP));
        printf(" fd10 %d fd11 %d\n", fcntl(10, F_GETFD), fcntl(11, F_GETFD));
        return 12;
    }
    char *args[] = {"renamed", "stage2", "two words", "", "last", NULL};
    char *env[] = {"KEEP=this", NULL};
    setenv("GONE", "1", 1);
    TRY(execve("/no/such/program", args, env));
    TRY(execve(".", args, env));
    TRY(execve("", args, env));
    close(open("plain", O_CREAT | O_WRONLY, 0644));
    TRY(execve("plain", args, env));
    close(open("empty", O_CREAT | O_WRONLY, 0755));
    TRY(execve("empty", args, env));
    TRY(execve("plain/x", args, env));
    signal(SIGUSR1, exit);
    signal(SIGUSR2, SIG_IGN);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    dup2(1, 10);
    fcntl(1, F_DUPFD_CLOEXEC, 11);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(execve(self, args, env) ? 1 : 0);
        int status;
        waitpid(pid, &status, 0);
        SHOW(WEXITSTATUS(status));
    }
    execve(self, args, env);
    return 1;
}
