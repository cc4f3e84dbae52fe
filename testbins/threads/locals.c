// Thread-local variables, thread-specific keys with destructors, own errno, own stacks.
// build: glibc musl static-pie
#include "show.h"
#include <pthread.h>
#include <sched.h>
static __thread int mine = 5;
static __thread char zeroed[1000];
static pthread_key_t key;
static int destroyed;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void destroy(void *p)
{
    pthread_mutex_lock(&m);
    destroyed += *(int *)p;
    free(p);
    pthread_mutex_unlock(&m);
}
static void *work(void *arg)
{
    int n = (int)(long)arg, *p = malloc(sizeof *p);
    long bad = mine != 5;
    for (int i = 0; i < 1000; i++)
        bad += zeroed[i] != 0;
    mine += n;
    memset(zeroed, n, sizeof zeroed);
    *p = n;
    pthread_setspecific(key, p);
    errno = n;
    for (int i = 0; i < 50; i++)
        sched_yield();
    bad += mine != 5 + n || errno != n || pthread_getspecific(key) != p || zeroed[500] != n;
    return (void *)bad;
}
int main(void)
{
    pthread_t t[6];
    long bad = 0;
    pthread_key_create(&key, destroy);
    errno = 77;
    for (long i = 0; i < 6; i++)
        pthread_create(&t[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < 6; i++) {
        void *r;
        pthread_join(t[i], &r);
        bad += (long)r;
    }
    SHOW(bad);
    SHOW(destroyed);
    SHOW(mine);
    SHOW(errno);
    return 0;
}
