// Detached threads, many short threads one after the other, exit of main before the others.
// build: glibc musl
// status: 6
#include "show.h"
#include <pthread.h>
#include <semaphore.h>
static sem_t sem;
static int sum;
static void *work(void *arg)
{
    __sync_fetch_and_add(&sum, (int)(long)arg);
    sem_post(&sem);
    return NULL;
}
static void *last(void *arg)
{
    (void)arg;
    usleep(20000);
    puts("the last thread ends the process");
    exit(6);
}
int main(void)
{
    pthread_attr_t at;
    pthread_t t;
    sem_init(&sem, 0, 0);
    pthread_attr_init(&at);
    pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&at, 128 * 1024);
    for (long i = 0; i < 40; i++)
        if (pthread_create(&t, &at, work, (void *)i))
            puts("create failed");
    for (int i = 0; i < 40; i++)
        sem_wait(&sem);
    SHOW(sum);
    for (long i = 0; i < 40; i++) {
        pthread_create(&t, NULL, work, (void *)1);
        pthread_join(t, NULL);
    }
    SHOW(sum);
    pthread_create(&t, NULL, last, NULL);
    pthread_exit(NULL);
}
