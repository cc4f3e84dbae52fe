// Children and threads that sleep wake in the order of their deadlines.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
static void nap(int ms) { struct timespec t = {ms / 1000, ms % 1000 * 1000000L}; nanosleep(&t, NULL); }
static void *thread(void *arg)
{
    nap((int)(long)arg);
    printf("thread %ld\n", (long)arg);
    return NULL;
}
int main(void)
{
    int ms[] = {250, 50, 350, 150};
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            nap(ms[i]);
            printf("child %d\n", ms[i]);
            exit(0);
        }
    while (wait(NULL) > 0)
        ;
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, thread, (void *)(long)ms[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    return 0;
}
