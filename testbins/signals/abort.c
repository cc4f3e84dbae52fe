// abort(3) gets through a handler and through a mask.
// build: glibc musl
// status: 134
#include "show.h"
#include <signal.h>
static void handler(int sig) { printf("handler %d\n", sig == SIGABRT); }
int main(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGABRT, handler);
    abort();
}
