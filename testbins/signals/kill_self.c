// Death by one's own SIGTERM; buffered output is lost.
// build: glibc musl
// status: 143
#include "show.h"
#include <signal.h>
int main(void)
{
    printf("shown\n");
    printf("lost");
    kill(getpid(), SIGTERM);
    printf("not reached\n");
    return 0;
}
