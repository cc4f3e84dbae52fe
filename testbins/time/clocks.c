// The clocks: monotonic, consistent with each other, resolution, errors.
// build: glibc musl static-pie
#include "show.h"
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
static int64_t ns(clockid_t c)
{
    struct timespec t;
    if (clock_gettime(c, &t))
        return -1;
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int main(void)
{
    int64_t last = ns(CLOCK_MONOTONIC);
    int back = 0;
    for (int i = 0; i < 200; i++) {
        int64_t now = ns(CLOCK_MONOTONIC);
        back += now < last;
        last = now;
    }
    SHOW(back);
    int64_t a = ns(CLOCK_MONOTONIC);
    volatile long x = 0;
    for (int i = 0; i < 300000; i++)
        x += i;
    HOLDS(ns(CLOCK_MONOTONIC) > a);
    HOLDS(ns(CLOCK_MONOTONIC_RAW) > 0 && ns(CLOCK_BOOTTIME) > 0);
    HOLDS(ns(CLOCK_PROCESS_CPUTIME_ID) >= 0 && ns(CLOCK_THREAD_CPUTIME_ID) >= 0);
    HOLDS(ns(CLOCK_REALTIME_COARSE) >= 0 && ns(CLOCK_MONOTONIC_COARSE) >= 0);
    time_t t = time(NULL), u;
    HOLDS(time(&u) == u && u - t <= 1);
    struct timeval tv;
    TRY(gettimeofday(&tv, NULL));
    HOLDS(tv.tv_usec >= 0 && tv.tv_usec < 1000000 && tv.tv_sec - t <= 1);
    HOLDS(ns(CLOCK_REALTIME) / 1000000000 - t <= 1);
    struct timespec res;
    TRY(clock_getres(CLOCK_MONOTONIC, &res));
    HOLDS(res.tv_sec == 0 && res.tv_nsec > 0 && res.tv_nsec <= 10000000);
    TRY(clock_getres(CLOCK_REALTIME, NULL));
    TRY(clock_gettime(12345, &res));
    TRY(clock_getres(12345, &res));
    struct tms tms;
    HOLDS(times(&tms) != (clock_t)-1);
    HOLDS(tms.tms_cutime == 0);
    HOLDS(clock() >= 0);
    SHOW(sysconf(_SC_CLK_TCK));
    return 0;
}
