// An event loop: epoll over pipes fed by several processes, until all have hung up.
// build: glibc musl
#include "show.h"
#include <sys/epoll.h>
#include <sys/wait.h>
int main(void)
{
    int ep = epoll_create1(0), open_pipes = 0;
    long sums[4] = {0};
    int fds[4];
    for (int i = 0; i < 4; i++) {
        int p[2];
        if (pipe(p))
            return 1;
        if (fork() == 0) {
            close(p[0]);
            for (int j = 0; j <= i * 50; j++) {
                unsigned char c = j + i;
                if (write(p[1], &c, 1) != 1)
                    _exit(1);
                if (j % 40 == 0)
                    usleep(1000);
            }
            _exit(0);
        }
        close(p[1]);
        fds[i] = p[0];
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e);
        open_pipes++;
    }
    while (open_pipes) {
        struct epoll_event e[4];
        int n = epoll_wait(ep, e, 4, -1);
        for (int k = 0; k < n; k++) {
            int i = e[k].data.u32;
            unsigned char buf[64];
            long got = read(fds[i], buf, sizeof buf);
            if (got <= 0) {
                epoll_ctl(ep, EPOLL_CTL_DEL, fds[i], NULL);
                open_pipes--;
            }
            for (long j = 0; j < got; j++)
                sums[i] += buf[j];
        }
    }
    printf("%ld %ld %ld %ld\n", sums[0], sums[1], sums[2], sums[3]);
    while (wait(NULL) > 0)
        ;
    return 0;
}
