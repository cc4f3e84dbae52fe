// Pipes in one process: nonblocking ends, a full pipe, end of file, EPIPE.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
int main(void)
{
    int p[2], queued = -1;
    char buf[5000];
    memset(buf, 'q', sizeof buf);
    TRY(pipe2(p, O_NONBLOCK | O_CLOEXEC));
    TRY(read(p[0], buf, 1));
    TRY(write(p[1], "hello", 5));
    TRY(ioctl(p[0], FIONREAD, &queued));
    SHOW(queued);
    TRY(read(p[0], buf, 3));
    TRY(read(p[0], buf, 100));
    long total = 0, n;
    while ((n = write(p[1], buf, 4096)) > 0)
        total += n;
    SHOW(total);
    SHOWS(errno_name(errno));
    TRY(read(p[0], buf, 4096));
    TRY(write(p[1], buf, 4096));
    TRY(write(p[1], buf, 1));
    while (read(p[0], buf, sizeof buf) > 0)
        ;
    struct stat st;
    fstat(p[0], &st);
    HOLDS(S_ISFIFO(st.st_mode));
    TRY(write(p[1], "last", 4));
    TRY(close(p[1]));
    TRY(read(p[0], buf, 100));
    TRY(read(p[0], buf, 100));
    TRY(pipe(p));
    signal(SIGPIPE, SIG_IGN);
    close(p[0]);
    TRY(write(p[1], "x", 1));
    TRY(pipe2(p, 0x12345));
    return 0;
}
