// Signals and threads: one mask each, pthread_kill, sigwait, who gets what the process gets.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
static sem_t ready, handled;
static pthread_t who, worker;
static void handler(int sig) { (void)sig; who = pthread_self(); sem_post(&handled); }
static void *waits(void *arg)
{
    sigset_t set;
    int sig;
    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sem_post(&ready);
    for (int i = 0; i < 3; i++)
        if (sigwait(&set, &sig) == 0)
            printf("sigwait %d: %d\n", i, sig == SIGUSR2), sem_post(&handled);
    return NULL;
}
static volatile int leave;
static void *loops(void *arg)
{
    sigset_t set;
    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    sem_post(&ready);
    while (!leave)
        usleep(500);
    return NULL;
}
int main(void)
{
    sigset_t set, old;
    pthread_t t;
    sem_init(&ready, 0, 0), sem_init(&handled, 0, 0);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &sa, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&t, NULL, waits, NULL);
    sem_wait(&ready);
    for (int i = 0; i < 3; i++) {
        i == 1 ? kill(getpid(), SIGUSR2) : pthread_kill(t, SIGUSR2);
        sem_wait(&handled);
    }
    pthread_join(t, NULL);
    pthread_create(&worker, NULL, loops, NULL);
    sem_wait(&ready);
    kill(getpid(), SIGUSR1);
    sem_wait(&handled);
    HOLDS(pthread_equal(who, worker));
    pthread_kill(worker, SIGUSR1);
    sem_wait(&handled);
    HOLDS(pthread_equal(who, worker));
    raise(SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    HOLDS(pthread_equal(who, pthread_self()));
    leave = 1;
    pthread_join(worker, NULL);
    return 0;
}
