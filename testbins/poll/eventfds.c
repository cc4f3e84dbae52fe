// eventfd(2): counter and semaphore, nonblocking, limits, with poll and between threads.
// build: glibc musl
#include "show.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
static void *adds(void *arg)
{
    for (int i = 0; i < 10; i++)
        eventfd_write(*(int *)arg, 2);
    return NULL;
}
int main(void)
{
    uint64_t v = 0;
    int fd = eventfd(3, EFD_NONBLOCK);
    TRY(read(fd, &v, 8));
    SHOW(v);
    TRY(read(fd, &v, 8));
    v = 5;
    TRY(write(fd, &v, 8));
    TRY(write(fd, &v, 8));
    TRY(read(fd, &v, 8));
    SHOW(v);
    v = -1;
    TRY(write(fd, &v, 8));
    v = -2;
    TRY(write(fd, &v, 8));
    v = 1;
    TRY(write(fd, &v, 8));
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    TRY(poll(&p, 1, 0));
    SHOWX(p.revents);
    TRY(read(fd, &v, 4));
    TRY(write(fd, &v, 7));
    int sem = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    TRY(read(sem, &v, 8));
    SHOW(v);
    TRY(read(sem, &v, 8));
    TRY(read(sem, &v, 8));
    TRY(eventfd(0, 12345));
    int block = eventfd(0, EFD_CLOEXEC);
    pthread_t t;
    pthread_create(&t, NULL, adds, &block);
    uint64_t sum = 0;
    while (sum < 20) {
        eventfd_read(block, &v);
        sum += v;
    }
    pthread_join(t, NULL);
    SHOW(sum);
    return 0;
}
