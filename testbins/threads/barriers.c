// Barriers, read-write locks, semaphores, once, spin locks.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <semaphore.h>
static pthread_barrier_t barrier;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_spinlock_t spin;
static sem_t sem;
static int phase[4], initialised, serial, value, inside, most, spun;
static void init(void) { initialised++; }
static void *work(void *arg)
{
    int me = (int)(long)arg;
    pthread_once(&once, init);
    for (int i = 0; i < 20; i++) {
        phase[me] = i;
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __sync_fetch_and_add(&serial, 1);
        for (int j = 0; j < 4; j++)
            if (phase[j] != i)
                printf("thread %d too early in phase %d\n", j, i);
        pthread_barrier_wait(&barrier);
        if (me == 0) {
            pthread_rwlock_wrlock(&rw);
            value++, value++;
            pthread_rwlock_unlock(&rw);
        } else {
            pthread_rwlock_rdlock(&rw);
            if (value & 1)
                puts("half a write seen");
            pthread_rwlock_unlock(&rw);
        }
        sem_wait(&sem);
        int n = __sync_add_and_fetch(&inside, 1);
        if (n > most)
            most = n;
        __sync_fetch_and_sub(&inside, 1);
        sem_post(&sem);
        pthread_spin_lock(&spin);
        spun++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    pthread_barrier_init(&barrier, NULL, 4);
    pthread_spin_init(&spin, 0);
    sem_init(&sem, 0, 2);
    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    SHOW(initialised);
    SHOW(serial);
    SHOW(value);
    SHOW(spun);
    HOLDS(most <= 2);
    int v;
    sem_getvalue(&sem, &v);
    SHOW(v);
    TRY(sem_trywait(&sem));
    TRY(sem_trywait(&sem));
    TRY(sem_trywait(&sem));
    return 0;
}
