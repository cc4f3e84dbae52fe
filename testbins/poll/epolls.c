// epoll(7): level and edge triggered, one shot, modification, closed descriptors, errors.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/epoll.h>
static int ep;
static void wait0(const char *when)
{
    struct epoll_event e[8];
    int n = epoll_wait(ep, e, 8, 0);
    printf("%s: %d", when, n);
    for (int i = 0; i < n; i++)
        printf(" [%x %d]", e[i].events, (int)e[i].data.u64);
    puts("");
}
static void ctl(int op, int fd, uint32_t events, int data)
{
    struct epoll_event e = {.events = events, .data.u64 = data};
    errno = 0;
    int r = epoll_ctl(ep, op, fd, &e);
    printf("ctl %d %s\n", op, r ? errno_name(errno) : "ok");
}
int main(void)
{
    int a[2], b[2];
    char buf[10];
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0 || pipe(a) || pipe(b))
        return 1;
    ctl(EPOLL_CTL_ADD, a[0], EPOLLIN, 1);
    ctl(EPOLL_CTL_ADD, a[0], EPOLLIN, 1);
    ctl(EPOLL_CTL_ADD, b[0], EPOLLIN | EPOLLET, 2);
    wait0("nothing");
    TRY(write(a[1], "abc", 3));
    wait0("level");
    wait0("level again");
    TRY(write(b[1], "abc", 3));
    TRY(read(a[0], buf, 10));
    wait0("edge");
    wait0("edge again");
    TRY(write(b[1], "d", 1));
    wait0("edge after more");
    ctl(EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLONESHOT, 3);
    TRY(write(a[1], "x", 1));
    wait0("one shot");
    wait0("one shot again");
    ctl(EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLONESHOT, 4);
    wait0("rearmed");
    ctl(EPOLL_CTL_DEL, a[0], 0, 0);
    ctl(EPOLL_CTL_DEL, a[0], 0, 0);
    ctl(EPOLL_CTL_MOD, a[0], EPOLLIN, 0);
    ctl(EPOLL_CTL_ADD, a[1], EPOLLOUT, 5);
    wait0("writable");
    close(a[1]);
    wait0("closed");
    close(b[1]);
    wait0("hang-up");
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    ctl(EPOLL_CTL_ADD, fd, EPOLLIN, 6);
    ctl(EPOLL_CTL_ADD, ep, EPOLLIN, 7);
    ctl(EPOLL_CTL_ADD, 99, EPOLLIN, 8);
    ctl(77, a[0], EPOLLIN, 9);
    struct epoll_event e;
    TRY(epoll_wait(ep, &e, 0, 0));
    TRY(epoll_wait(fd, &e, 1, 0));
    TRY(epoll_wait(ep, (void *)8, 1, 0) <= 0);
    TRY(epoll_create1(12345));
    int outer = epoll_create1(0);
    if (pipe(a))
        return 1;
    ctl(EPOLL_CTL_ADD, a[0], EPOLLIN, 10);
    ctl(EPOLL_CTL_DEL, b[0], 0, 0);
    e.events = EPOLLIN, e.data.u64 = 11;
    TRY(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e));
    TRY(epoll_wait(outer, &e, 1, 2));
    TRY(write(a[1], "n", 1));
    TRY(epoll_wait(outer, &e, 1, -1));
    SHOW(e.data.u64);
    return 0;
}
