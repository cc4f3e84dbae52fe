// exit from one thread ends all, also those that wait or spin; fork in a thread copies only it.
// build: glibc musl
// status: 19
#include "show.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
static volatile int spins;
static void *spin(void *arg) { for (;;) spins++; return arg; }
static void *block(void *arg) { for (;;) pause(); return arg; }
static void *forks(void *arg)
{
    int status;
    if (fork() == 0) {
        HOLDS(syscall(SYS_gettid) == getpid());
        _exit(7);
    }
    wait(&status);
    SHOW(WEXITSTATUS(status));
    HOLDS(syscall(SYS_gettid) != getpid());
    exit(19);
    return arg;
}
int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, spin, NULL);
    pthread_create(&t, NULL, block, NULL);
    while (!spins)
        usleep(100);
    pthread_create(&t, NULL, forks, NULL);
    pthread_join(t, NULL);
    puts("not reached");
}
