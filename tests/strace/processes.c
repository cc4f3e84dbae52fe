// build: glibc
// Processes, a pipe, a thread, for the comparison of traces with -f.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread(void *argument) {
    usleep(200000); // it ends when the first is waiting for it, not before
    return argument;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return argc;
    int p[2], status;
    char buf[10];
    pipe(p);
    pid_t child = fork();
    if (child == 0) {
        write(p[1], "from the child", 14);
        _exit(7);
    }
    close(p[1]);
    while (read(p[0], buf, sizeof buf) > 0) {
    }
    waitpid(child, &status, 0);
    waitpid(-1, &status, WNOHANG);
    child = fork();
    if (child == 0) {
        raise(SIGTERM);
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    waitpid(child, &status, WUNTRACED | WCONTINUED);
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        pause();
    }
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    child = vfork();
    if (child == 0) {
        execl(argv[0], "again", "with", "a rather long argument that is cut", (char *)0);
        _exit(1);
    }
    wait(0);
    pthread_t t;
    pthread_create(&t, 0, thread, 0);
    pthread_join(t, 0);
    execl("/nonexistent", "a", (char *)0);
    return 0;
}
