// Standard output and standard error stay apart; status is the low byte of what exit was given.
// build: glibc musl
// status: 44
#include "show.h"
int main(void)
{
    fprintf(stderr, "this is an error\n");
    printf("this is not\n");
    fprintf(stderr, "another\n");
    errno = ENOENT;
    perror("perror says");
    return 300;
}
