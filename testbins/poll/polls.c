// poll(2) and ppoll(2): readiness, hang-up, errors, timeouts, masks.
// build: glibc musl
#include "show.h"
#include <poll.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
static volatile int handled;
static void handler(int sig) { (void)sig; handled++; }
int main(void)
{
    int a[2], b[2];
    char c;
    if (pipe(a) || pipe(b))
        return 1;
    struct pollfd p[5] = {{a[0], POLLIN, 0}, {a[1], POLLOUT, 0}, {b[0], POLLIN, 0}, {-1, POLLIN, 77}, {99, POLLIN, 0}};
    TRY(poll(p, 5, 0));
    printf("%x %x %x %x %x\n", p[0].revents, p[1].revents, p[2].revents, p[3].revents, p[4].revents);
    TRY(write(a[1], "x", 1));
    TRY(poll(p, 3, -1));
    printf("%x %x %x\n", p[0].revents, p[1].revents, p[2].revents);
    close(b[1]);
    TRY(poll(p + 2, 1, -1));
    printf("%x\n", p[2].revents);
    TRY(read(a[0], &c, 1));
    TRY(poll(p, 1, 3));
    close(a[0]);
    TRY(poll(p + 1, 1, 0));
    printf("%x\n", p[1].revents);
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    struct pollfd q = {fd, POLLIN | POLLOUT | POLLPRI, 0};
    TRY(poll(&q, 1, -1));
    printf("%x\n", q.revents);
    TRY(poll(NULL, 0, 2));
    TRY(poll((void *)8, 1, 0));
    if (pipe(a))
        return 1;
    if (fork() == 0) {
        usleep(20000);
        _exit(write(a[1], "late", 4) != 4);
    }
    p[0].fd = a[0];
    TRY(poll(p, 1, 10000));
    printf("%x\n", p[0].revents);
    wait(NULL);
    signal(SIGUSR1, handler);
    sigset_t block, empty;
    sigemptyset(&empty), sigemptyset(&block), sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    raise(SIGUSR1);
    struct timespec t = {5, 0};
    TRY(ppoll(NULL, 0, &t, &empty));
    SHOW(handled);
    t.tv_sec = 0, t.tv_nsec = 1000;
    TRY(ppoll(NULL, 0, &t, NULL));
    t.tv_nsec = -5;
    TRY(ppoll(NULL, 0, &t, NULL));
    return 0;
}
