// dup(2), dup2, dup3, F_DUPFD: lowest numbers, one offset, close-on-exec not copied.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
int main(void)
{
    int fd = open("d", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    SHOW(fcntl(fd, F_GETFD));
    int e = dup(fd);
    HOLDS(e == fd + 1);
    SHOW(fcntl(e, F_GETFD));
    TRY(write(fd, "abc", 3));
    TRY(lseek(e, 0, SEEK_CUR));
    TRY(dup2(fd, 20));
    TRY(dup2(fd, fd) - fd);
    TRY(dup3(fd, fd, 0));
    TRY(dup3(fd, 21, O_CLOEXEC));
    SHOW(fcntl(21, F_GETFD));
    TRY(dup3(fd, 22, O_APPEND));
    TRY(fcntl(fd, F_DUPFD, 30));
    TRY(fcntl(fd, F_DUPFD_CLOEXEC, 30));
    SHOW(fcntl(31, F_GETFD));
    TRY(close(20));
    TRY(close(20));
    TRY(dup(20));
    TRY(dup2(20, 5));
    TRY(dup2(fd, -1));
    TRY(fcntl(fd, F_SETFD, 0));
    SHOW(fcntl(fd, F_GETFD));
    TRY(close(3));
    HOLDS(open("d", O_RDONLY) == 3);
    TRY(fcntl(99, F_GETFD));
    TRY(fcntl(3, 9999));
    return 0;
}
