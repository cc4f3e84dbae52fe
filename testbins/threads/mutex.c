// Four threads and one mutex: no increment is lost; try, timed, recursive, error-checking kinds.
// build: glibc musl static-pie
#include "show.h"
#include <pthread.h>
#include <sched.h>
#include <time.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter, atomic;
static void *work(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&lock);
        long c = counter;
        if (i % 500 == 0)
            sched_yield();
        counter = c + 1;
        pthread_mutex_unlock(&lock);
        __sync_fetch_and_add(&atomic, 1);
    }
    return (void *)((long)arg * 2);
}
static void *try(void *m) { return (void *)(long)pthread_mutex_trylock(m); }
int main(void)
{
    pthread_t t[4];
    void *r;
    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &r);
        printf("thread %d gave %ld\n", i, (long)r);
    }
    SHOW(counter);
    SHOW(atomic);
    pthread_mutex_lock(&lock);
    pthread_create(&t[0], NULL, try, &lock);
    pthread_join(t[0], &r);
    SHOWS(errno_name((long)r));
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    ts.tv_nsec += 1000000;
    if (ts.tv_nsec >= 1000000000) ts.tv_sec++, ts.tv_nsec -= 1000000000;
    SHOWS(errno_name(pthread_mutex_timedlock(&lock, &ts)));
    pthread_mutex_unlock(&lock);
    pthread_mutexattr_t at;
    pthread_mutexattr_init(&at);
    pthread_mutex_t m;
    pthread_mutexattr_settype(&at, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&m, &at);
    printf("%d %d %d %d\n", pthread_mutex_lock(&m), pthread_mutex_lock(&m), pthread_mutex_unlock(&m), pthread_mutex_unlock(&m));
    pthread_mutexattr_settype(&at, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&m, &at);
    SHOW(pthread_mutex_lock(&m));
    SHOWS(errno_name(pthread_mutex_lock(&m)));
    SHOW(pthread_mutex_unlock(&m));
    SHOWS(errno_name(pthread_mutex_unlock(&m)));
    return 0;
}
