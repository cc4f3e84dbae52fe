// prlimit64(2), getrlimit, getrusage: relations and errors; a lowered limit bites.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
int main(void)
{
    struct rlimit r, old;
    struct rusage u;
    TRY(getrlimit(RLIMIT_STACK, &r));
    HOLDS(r.rlim_cur == 8 << 20);
    TRY(getrlimit(RLIMIT_NOFILE, &r));
    HOLDS(r.rlim_cur > 10 && r.rlim_cur <= r.rlim_max);
    old = r;
    r.rlim_cur = 6;
    TRY(setrlimit(RLIMIT_NOFILE, &r));
    int n = 0;
    while (open(".", O_RDONLY) >= 0)
        n++;
    SHOW(n);
    SHOWS(errno_name(errno));
    TRY(dup2(0, 6));
    TRY(fcntl(0, F_DUPFD, 6));
    TRY(prlimit(0, RLIMIT_NOFILE, &old, &r));
    SHOW(r.rlim_cur);
    TRY(dup2(0, 6));
    r.rlim_cur = 10, r.rlim_max = 5;
    TRY(setrlimit(RLIMIT_NOFILE, &r));
    TRY(getrlimit(99, &r));
    TRY(prlimit(99999999, RLIMIT_NOFILE, NULL, &r));
    TRY(getrusage(RUSAGE_SELF, &u));
    HOLDS(u.ru_utime.tv_usec < 1000000 && u.ru_maxrss >= 0);
    TRY(getrusage(RUSAGE_CHILDREN, &u));
    SHOW(u.ru_utime.tv_sec);
    TRY(getrusage(77, &u));
    return 0;
}
