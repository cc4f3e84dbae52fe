// SIGPIPE kills a writer nobody reads from, unless it is ignored or handled.
// build: glibc musl
// status: 141
#include "show.h"
#include <signal.h>
static void handler(int sig) { printf("got %s\n", sig == SIGPIPE ? "SIGPIPE" : "?"); }
int main(void)
{
    int p[2];
    TRY(pipe(p));
    close(p[0]);
    signal(SIGPIPE, SIG_IGN);
    TRY(write(p[1], "x", 1));
    signal(SIGPIPE, handler);
    TRY(write(p[1], "x", 1));
    signal(SIGPIPE, SIG_DFL);
    TRY(write(p[1], "x", 1));
    puts("not reached");
    return 0;
}
