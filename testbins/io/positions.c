// pread(2), pwrite(2) and lseek(2): the offset that moves, and the one that does not.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
int main(void)
{
    char buf[16] = {0};
    int fd = open("p", O_RDWR | O_CREAT, 0644);
    TRY(write(fd, "0123456789", 10));
    TRY(pread(fd, buf, 4, 3));
    SHOWS(buf);
    TRY(lseek(fd, 0, SEEK_CUR));
    TRY(pwrite(fd, "XY", 2, 12));
    TRY(lseek(fd, 0, SEEK_CUR));
    TRY(lseek(fd, 0, SEEK_END));
    TRY(lseek(fd, -3, SEEK_END));
    memset(buf, 0, sizeof buf);
    TRY(read(fd, buf, 15));
    for (int i = 0; i < 4; i++)
        printf("%02x ", (unsigned char)buf[i]);
    puts("");
    TRY(lseek(fd, -1, SEEK_SET));
    TRY(lseek(fd, 0, 77));
    TRY(lseek(fd, 1 << 20, SEEK_SET));
    TRY(read(fd, buf, 5));
    TRY(pread(fd, buf, 5, -1));
    TRY(pread(fd, buf, 5, 1000));
    TRY(write(fd, "end", 3));
    TRY(lseek(fd, 0, SEEK_END));
    int p[2];
    TRY(pipe(p));
    TRY(lseek(p[0], 0, SEEK_CUR));
    TRY(pread(p[0], buf, 1, 0));
    TRY(lseek(99, 0, SEEK_SET));
    TRY(read(p[1], buf, 1));
    TRY(write(p[0], buf, 1));
    return 0;
}
