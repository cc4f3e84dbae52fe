// alarm(2), setitimer(2): one shot, periodic, cancelled, what is left.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/time.h>
static volatile int ticks;
static void handler(int sig) { (void)sig, ticks++; }
int main(void)
{
    struct sigaction sa = {.sa_handler = handler};
    sigaction(SIGALRM, &sa, NULL);
    TRY(alarm(100));
    SHOW(alarm(0));
    TRY(alarm(1));
    TRY(pause());
    SHOW(ticks);
    SHOW(alarm(0));
    struct itimerval it = {{0, 10000}, {0, 10000}}, left;
    TRY(setitimer(ITIMER_REAL, &it, NULL));
    sigset_t block, empty;
    sigemptyset(&empty);
    sigemptyset(&block);
    sigaddset(&block, SIGALRM);
    while (ticks < 6)
        pause();
    SHOW(ticks >= 6);
    TRY(getitimer(ITIMER_REAL, &left));
    HOLDS(left.it_interval.tv_usec == 10000 && left.it_value.tv_usec <= 10000);
    struct itimerval none = {{0, 0}, {0, 0}};
    TRY(setitimer(ITIMER_REAL, &none, &left));
    HOLDS(left.it_interval.tv_usec == 10000);
    TRY(getitimer(ITIMER_REAL, &left));
    SHOW(left.it_value.tv_usec + left.it_interval.tv_usec);
    TRY(setitimer(99, &it, NULL));
    it.it_value.tv_usec = 1000000;
    TRY(setitimer(ITIMER_REAL, &it, NULL));
    ticks = 0;
    TRY(ualarm(5000, 0));
    while (!ticks)
        pause();
    SHOW(ticks);
    return 0;
}
