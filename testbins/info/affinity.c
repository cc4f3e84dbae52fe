// sched_getaffinity(2), sched_yield, and what the program may count on.
// build: glibc musl
#include "show.h"
#include <sched.h>
#include <sys/syscall.h>
int main(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    TRY(sched_getaffinity(0, sizeof set, &set));
    HOLDS(CPU_COUNT(&set) >= 1);
    HOLDS(syscall(SYS_sched_getaffinity, 0, sizeof set, &set) >= 8);
    TRY(syscall(SYS_sched_getaffinity, 0, 7, &set));
    TRY(syscall(SYS_sched_getaffinity, 0, 0, &set));
    TRY(sched_getaffinity(99999999, sizeof set, &set));
    TRY(syscall(SYS_sched_getaffinity, 0, 128, (void *)8));
    TRY(sched_yield());
    return 0;
}
