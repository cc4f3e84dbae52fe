// A bounded queue between producers and consumers on condition variables; a timed wait times out.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <time.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int queue[4], head, count, done;
static void *produce(void *arg)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&m);
        while (count == 4)
            pthread_cond_wait(&not_full, &m);
        queue[(head + count++) % 4] = (int)(long)arg * 1000 + i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}
static void *consume(void *arg)
{
    long sum = 0;
    (void)arg;
    for (;;) {
        pthread_mutex_lock(&m);
        while (count == 0 && !done)
            pthread_cond_wait(&not_empty, &m);
        if (count == 0) {
            pthread_mutex_unlock(&m);
            return (void *)sum;
        }
        sum += queue[head];
        head = (head + 1) % 4;
        count--;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&m);
    }
}
int main(void)
{
    pthread_t p[3], c[2];
    for (long i = 0; i < 3; i++)
        pthread_create(&p[i], NULL, produce, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_create(&c[i], NULL, consume, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(p[i], NULL);
    pthread_mutex_lock(&m);
    done = 1;
    pthread_cond_broadcast(&not_empty);
    pthread_mutex_unlock(&m);
    long total = 0;
    for (int i = 0; i < 2; i++) {
        void *r;
        pthread_join(c[i], &r);
        total += (long)r;
    }
    SHOW(total);
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    ts.tv_sec += 0;
    ts.tv_nsec += 2000000;
    if (ts.tv_nsec >= 1000000000) ts.tv_sec++, ts.tv_nsec -= 1000000000;
    pthread_mutex_lock(&m);
    SHOWS(errno_name(pthread_cond_timedwait(&not_full, &m, &ts)));
    pthread_mutex_unlock(&m);
    return 0;
}
