// After fork(2): private memory is copied, shared memory is one, in both directions.
// build: glibc musl
#include "show.h"
#include <sys/mman.h>
#include <sys/wait.h>
static int global = 1;
int main(void)
{
    int rw = PROT_READ | PROT_WRITE;
    volatile int *priv = mmap(NULL, 4096, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile int *shared = mmap(NULL, 1 << 16, rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *heap = strdup("heap");
    priv[0] = shared[0] = 10;
    if (fork() == 0) {
        priv[0]++;
        shared[0]++;
        shared[1000] = 77;
        global++;
        heap[0] = 'H';
        munmap((void *)priv, 4096);
        printf("child: %d %d %s\n", shared[0], global, heap);
        exit(0);
    }
    wait(NULL);
    printf("parent: %d %d %d %d %s\n", priv[0], shared[0], shared[1000], global, heap);
    for (int i = 0; i < 10; i++)
        if (fork() == 0) {
            for (int j = 0; j < 100; j++)
                __sync_fetch_and_add(&shared[2], 1);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    SHOW(shared[2]);
    return 0;
}
