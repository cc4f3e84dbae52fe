// build: glibc
// Calls that wait, for the comparison of traces.
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    int p[2];
    pipe(p);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, 40);
    struct timespec ts = {0, 2000}, second = {1, 5};
    struct pollfd fds[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT | POLLIN, 0}};
    poll(fds, 1, 2);
    poll(fds, 2, -1);
    poll(0, 0, 1);
    ppoll(fds, 1, &ts, &mask);
    fd_set r;
    FD_ZERO(&r);
    FD_SET(p[0], &r);
    struct timeval tv = {0, 2000};
    select(p[0] + 1, &r, 0, 0, &tv);
    write(p[1], "x", 1);
    FD_SET(p[0], &r);
    pselect(p[0] + 1, &r, 0, 0, 0, &mask);
    int e = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 77}}, events[4];
    epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event);
    epoll_wait(e, events, 4, 10);
    epoll_wait(e, events, 4, 0);
    epoll_pwait(e, events, 4, 0, &mask);
    epoll_ctl(e, EPOLL_CTL_DEL, p[0], 0);
    epoll_ctl(e, EPOLL_CTL_MOD, 99, &event);
    ts.tv_nsec = 2000;
    nanosleep(&ts, &second);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, 0);
    int word = 7;
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 5, 0);
    syscall(SYS_futex, &word, FUTEX_WAIT, 7, &ts);
    syscall(SYS_futex, &word, FUTEX_WAKE, 1);
    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, word, &ts, 0, -1);
    syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 1, 2, &word);
    sigtimedwait(&mask, 0, &ts);
    ppoll(0, 1, 0, 0);
    return 0;
}
