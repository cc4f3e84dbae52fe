// nanosleep(2), clock_nanosleep(2) relative and absolute: never too short; errors.
// build: glibc musl
#include "show.h"
#include <sys/syscall.h>
#include <time.h>
static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int main(void)
{
    struct timespec t = {0, 3000000}, rem = {7, 7};
    int64_t a = now();
    TRY(nanosleep(&t, &rem));
    HOLDS(now() - a >= 3000000);
    SHOW(rem.tv_sec);
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 5000000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
    HOLDS(now() >= t.tv_sec * 1000000000LL + t.tv_nsec);
    SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
    t.tv_sec = 0, t.tv_nsec = 1000;
    SHOW(clock_nanosleep(CLOCK_REALTIME, 0, &t, NULL));
    t.tv_nsec = 1000000000;
    TRY(nanosleep(&t, NULL));
    t.tv_nsec = -1;
    TRY(nanosleep(&t, NULL));
    t.tv_sec = -1, t.tv_nsec = 0;
    TRY(nanosleep(&t, NULL));
    TRY(syscall(SYS_nanosleep, (void *)8, NULL));
    SHOWS(errno_name(clock_nanosleep(12345, 0, &rem, NULL)));
    t.tv_sec = 0;
    TRY(nanosleep(&t, NULL));
    a = now();
    SHOW(usleep(2000));
    HOLDS(now() - a >= 2000000);
    return 0;
}
