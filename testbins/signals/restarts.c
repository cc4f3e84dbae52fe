// What a signal does to a call that waits: SA_RESTART goes on, without it EINTR;
// some calls never restart.
// build: glibc musl
#include "show.h"
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
static volatile int count;
static void handler(int sig) { (void)sig, count++; }
static void later(int ms) { struct timespec t = {0, ms * 1000000L}; nanosleep(&t, NULL); }
static void trial(const char *what, int flags, int kind)
{
    struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGUSR1, &sa, NULL);
    int p[2];
    char c = 0;
    if (pipe(p))
        exit(1);
    count = 0;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        later(30);
        kill(parent, SIGUSR1);
        later(60);
        if (write(p[1], "d", 1) != 1)
            _exit(1);
        _exit(9);
    }
    errno = 0;
    long r = 0;
    int status;
    struct pollfd pf = {p[0], POLLIN, 0};
    if (kind == 0) r = read(p[0], &c, 1);
    if (kind == 1) r = poll(&pf, 1, -1);
    if (kind == 2) r = waitpid(child, &status, 0) == child ? 0 : -1;
    if (kind == 3) { struct timespec t = {0, 500000000}; r = nanosleep(&t, &t); HOLDS(t.tv_nsec < 500000000 && t.tv_nsec > 0); }
    if (kind == 4) r = pause();
    printf("%s: %ld %s, handled %d\n", what, r, r < 0 ? errno_name(errno) : "", count);
    while (wait(NULL) > 0)
        ;
    close(p[0]), close(p[1]);
}
int main(void)
{
    trial("read restarts", SA_RESTART, 0);
    trial("read interrupted", 0, 0);
    trial("poll with SA_RESTART", SA_RESTART, 1);
    trial("poll", 0, 1);
    trial("waitpid restarts", SA_RESTART, 2);
    trial("waitpid interrupted", 0, 2);
    trial("nanosleep", SA_RESTART, 3);
    trial("pause", SA_RESTART, 4);
    return 0;
}
