// makecontext and swapcontext: coroutines on their own stacks.
// build: glibc
#include "show.h"
#include <ucontext.h>
static ucontext_t main_ctx, co[3];
static int value;
static void coroutine(int id, int step)
{
    for (int i = 0; i < 5; i++) {
        value = id * 100 + i * step;
        swapcontext(&co[id], &main_ctx);
    }
    value = -id;
}
int main(void)
{
    static char stacks[3][65536];
    for (int i = 0; i < 3; i++) {
        getcontext(&co[i]);
        co[i].uc_stack.ss_sp = stacks[i];
        co[i].uc_stack.ss_size = sizeof stacks[i];
        co[i].uc_link = &main_ctx;
        makecontext(&co[i], (void (*)(void))coroutine, 2, i, i + 1);
    }
    for (int round = 0; round < 6; round++)
        for (int i = 0; i < 3; i++) {
            swapcontext(&main_ctx, &co[i]);
            printf("%d ", value);
        }
    puts("");
    volatile int n = 0;
    ucontext_t again;
    getcontext(&again);
    if (n++ < 3)
        setcontext(&again);
    SHOW(n);
    return 0;
}
