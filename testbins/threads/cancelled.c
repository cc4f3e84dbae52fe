// Cancellation: at points, deferred, disabled, with cleanup handlers.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <semaphore.h>
static sem_t ready;
static volatile int stop;
static void cleanup(void *what) { printf("cleanup %s\n", (char *)what); }
static void *sleeper(void *arg)
{
    pthread_cleanup_push(cleanup, "outer");
    pthread_cleanup_push(cleanup, "inner");
    sem_post(&ready);
    for (;;)
        sleep(1000);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return arg;
}
static void *reader(void *arg)
{
    char c;
    pthread_cleanup_push(cleanup, "reader");
    sem_post(&ready);
    if (read(*(int *)arg, &c, 1) != 1)
        puts("read failed");
    pthread_cleanup_pop(0);
    return NULL;
}
static void *disabled(void *arg)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    sem_post(&ready);
    while (!stop)
        usleep(500);
    puts("not cancelled while disabled");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    pthread_testcancel();
    puts("not reached");
    return arg;
}
static void *exits(void *arg)
{
    pthread_cleanup_push(cleanup, "exit");
    pthread_exit(arg);
    pthread_cleanup_pop(0);
    return NULL;
}
int main(void)
{
    pthread_t t;
    void *r;
    int p[2];
    sem_init(&ready, 0, 0);
    if (pipe(p))
        return 1;
    pthread_create(&t, NULL, sleeper, NULL);
    sem_wait(&ready);
    int cancelled = pthread_cancel(t);
    pthread_join(t, &r);
    SHOW(cancelled);
    HOLDS(r == PTHREAD_CANCELED);
    pthread_create(&t, NULL, reader, p);
    sem_wait(&ready);
    pthread_cancel(t);
    pthread_join(t, &r);
    HOLDS(r == PTHREAD_CANCELED);
    pthread_create(&t, NULL, disabled, NULL);
    sem_wait(&ready);
    pthread_cancel(t);
    stop = 1;
    pthread_join(t, &r);
    HOLDS(r == PTHREAD_CANCELED);
    pthread_create(&t, NULL, exits, (void *)99);
    pthread_join(t, &r);
    SHOW((long)r);
    return 0;
}
