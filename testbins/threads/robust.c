// Robust mutexes: the next owner learns that the last one died, between threads and processes.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
static pthread_mutex_t *m;
static void *dies(void *arg)
{
    pthread_mutex_lock(m);
    return arg;
}
int main(void)
{
    m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t at;
    pthread_mutexattr_init(&at);
    pthread_mutexattr_setrobust(&at, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&at, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(m, &at);
    pthread_t t;
    pthread_create(&t, NULL, dies, NULL);
    pthread_join(t, NULL);
    SHOWS(errno_name(pthread_mutex_lock(m)));
    SHOW(pthread_mutex_consistent(m));
    SHOW(pthread_mutex_unlock(m));
    if (fork() == 0) {
        pthread_mutex_lock(m);
        _exit(0);
    }
    wait(NULL);
    SHOWS(errno_name(pthread_mutex_trylock(m)));
    SHOW(pthread_mutex_unlock(m));
    SHOWS(errno_name(pthread_mutex_lock(m)));
    return 0;
}
