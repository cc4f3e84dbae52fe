// socketpair(2): streams, datagrams with their borders, half close, end of file.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
int main(void)
{
    int s[2];
    char buf[100];
    TRY(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
    TRY(write(s[0], "to one", 6));
    TRY(write(s[1], "to zero", 7));
    TRY(read(s[1], buf, 3));
    TRY(read(s[1], buf, 100));
    TRY(read(s[0], buf, 100));
    fcntl(s[0], F_SETFL, O_NONBLOCK);
    TRY(read(s[0], buf, 1));
    struct pollfd p = {s[0], POLLIN | POLLOUT, 0};
    TRY(poll(&p, 1, 0));
    SHOWX(p.revents);
    fcntl(s[0], F_SETFL, 0);
    if (fork() == 0) {
        close(s[0]);
        long n, total = 0;
        while ((n = read(s[1], buf, 100)) > 0)
            total += n;
        dprintf(s[1], "got %ld", total);
        _exit(0);
    }
    close(s[1]);
    for (int i = 0; i < 1000; i++)
        if (write(s[0], buf, 77) != 77)
            puts("short");
    TRY(shutdown(s[0], SHUT_WR));
    memset(buf, 0, sizeof buf);
    TRY(read(s[0], buf, 100));
    SHOWS(buf);
    wait(NULL);
    TRY(read(s[0], buf, 100));
    signal(SIGPIPE, SIG_IGN);
    TRY(write(s[0], "x", 1));
    TRY(lseek(s[0], 0, SEEK_SET));
    TRY(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    TRY(write(s[0], "first", 5));
    TRY(write(s[0], "second", 6));
    TRY(read(s[1], buf, 3));
    TRY(read(s[1], buf, 100));
    TRY(socketpair(AF_INET, SOCK_STREAM, 0, s));
    TRY(socketpair(AF_UNIX, 77, 0, s));
    return 0;
}
