// futex(2) by hand: wait, wake, value changed, timeout, bitset, requeue, wake-op.
// build: glibc musl
#include "show.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
enum { FUTEX_WAIT, FUTEX_WAKE, FUTEX_CMP_REQUEUE = 4, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET, PRIVATE = 128 };
#define FUTEX_WAIT_BITSET_PRIVATE (FUTEX_WAIT_BITSET | PRIVATE)
#define FUTEX_WAKE_BITSET_PRIVATE (FUTEX_WAKE_BITSET | PRIVATE)
#define FUTEX_CMP_REQUEUE_PRIVATE (FUTEX_CMP_REQUEUE | PRIVATE)
#define FUTEX_WAKE_PRIVATE (FUTEX_WAKE | PRIVATE)
#define FUTEX_WAKE_OP_PRIVATE (FUTEX_WAKE_OP | PRIVATE)
#define FUTEX_OP(op, arg, cmp, cmparg) ((op) << 28 | (cmp) << 24 | (arg) << 12 | (cmparg))
#define FUTEX_OP_ADD 1
#define FUTEX_OP_CMP_EQ 0
static int word, other;
static volatile int waiting, woken;
static long futex(int *a, int op, int v, void *t, int *b, int v3) { return syscall(SYS_futex, a, op, v, t, b, v3); }
static void *waiter(void *arg)
{
    __sync_fetch_and_add(&waiting, 1);
    while (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (int)(long)arg) == -1 && errno == EINTR)
        ;
    __sync_fetch_and_add(&woken, 1);
    return NULL;
}
static void settle(volatile int *v, int n)
{
    while (*v < n)
        usleep(500);
    usleep(20000);
}
int main(void)
{
    struct timespec ts = {0, 2000000};
    TRY(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
    TRY(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0));
    TRY(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
    clock_gettime(CLOCK_MONOTONIC, &ts);
    TRY(futex(&word, FUTEX_WAIT_BITSET, 0, &ts, NULL, -1));
    TRY(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
    TRY(futex((int *)1, FUTEX_WAIT, 0, NULL, NULL, 0));
    TRY(futex((int *)4096, FUTEX_WAIT, 0, NULL, NULL, 0));
    TRY(futex(&word, 99, 0, NULL, NULL, 0));
    ts.tv_nsec = 2000000000;
    TRY(futex(&word, FUTEX_WAIT, 0, &ts, NULL, 0));
    pthread_t t[4];
    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, waiter, (void *)(1L << i));
    settle(&waiting, 4);
    TRY(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 99, NULL, NULL, 1 << 2));
    settle(&woken, 1);
    SHOW(woken);
    TRY(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1L, &other, 7));
    TRY(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1L, &other, 0));
    settle(&woken, 2);
    SHOW(woken);
    TRY(futex(&other, FUTEX_WAKE_PRIVATE, 99, NULL, NULL, 0));
    settle(&woken, 3);
    TRY(futex(&other, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1L, &word, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)));
    settle(&woken, 4);
    SHOW(word);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    return 0;
}
