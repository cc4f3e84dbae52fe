// Programs that close everything, run out of descriptors, and use what is closed.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
int main(void)
{
    struct rlimit r = {40, 40};
    // Whoever starts the program may leave more than the standard ones open.
    syscall(SYS_close_range, 3, ~0U, 0);
    setrlimit(RLIMIT_NOFILE, &r);
    int n = 0, p[2];
    while (dup(0) >= 0)
        n++;
    SHOW(n);
    TRY(pipe(p));
    close(39);
    TRY(pipe(p));
    TRY(open("f", O_CREAT | O_WRONLY, 0644));
    TRY(syscall(SYS_close_range, 5, 20, 0));
    TRY(dup(0));
    TRY(syscall(SYS_close_range, 3, ~0U, 0));
    TRY(dup(0));
    TRY(syscall(SYS_close_range, 5, 4, 0));
    TRY(fcntl(3, F_GETFD));
    close(0), close(2);
    char c;
    TRY(read(0, &c, 1));
    TRY(open("g", O_CREAT | O_WRONLY, 0644));
    puts("stdin is a file now");
    return 0;
}
