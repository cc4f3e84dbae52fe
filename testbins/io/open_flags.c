// open(2): O_APPEND, O_TRUNC, O_EXCL, O_CREAT, O_DIRECTORY, and access modes.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
int main(void)
{
    char buf[64] = {0};
    TRYOK(open("f", O_RDONLY));
    int fd = open("f", O_WRONLY | O_CREAT | O_EXCL, 0640);
    TRY(write(fd, "start ", 6));
    TRY(read(fd, buf, 1));
    TRYOK(open("f", O_WRONLY | O_CREAT | O_EXCL, 0640));
    int a = open("f", O_WRONLY | O_APPEND);
    TRY(lseek(a, 0, SEEK_SET));
    TRY(write(a, "appended ", 9));
    TRY(lseek(a, 0, SEEK_CUR));
    TRY(write(fd, "middle", 6));
    int r = open("f", O_RDONLY);
    TRY(read(r, buf, sizeof buf));
    SHOWS(buf);
    TRY(write(r, "x", 1));
    SHOW(fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND));
    TRY(fcntl(fd, F_SETFL, O_APPEND));
    TRY(lseek(fd, 0, SEEK_SET));
    TRY(write(fd, "!", 1));
    TRY(lseek(r, 0, SEEK_END));
    int t = open("f", O_WRONLY | O_TRUNC);
    TRY(lseek(t, 0, SEEK_END));
    TRY(read(r, buf, sizeof buf));
    TRYOK(open("f", O_RDONLY | O_DIRECTORY));
    TRYOK(open(".", O_RDONLY | O_DIRECTORY));
    TRYOK(open(".", O_WRONLY));
    TRYOK(open("f/x", O_RDONLY));
    TRYOK(open("", O_RDONLY));
    TRYOK(creat("g", 0600));
    return 0;
}
