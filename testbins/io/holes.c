// Files with holes read as zeros; ftruncate(2) grows and shrinks.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
int main(void)
{
    struct stat st;
    char buf[8192];
    int fd = open("h", O_RDWR | O_CREAT, 0600);
    TRY(pwrite(fd, "A", 1, 0));
    TRY(pwrite(fd, "B", 1, 100000));
    fstat(fd, &st);
    SHOW(st.st_size);
    memset(buf, 1, sizeof buf);
    TRY(pread(fd, buf, sizeof buf, 1));
    long sum = 0;
    for (unsigned i = 0; i < sizeof buf; i++)
        sum += buf[i];
    SHOW(sum);
    TRY(ftruncate(fd, 5));
    TRY(ftruncate(fd, 20));
    TRY(pread(fd, buf, 100, 0));
    SHOW(buf[0]);
    SHOW(buf[19]);
    TRY(ftruncate(fd, -1));
    TRY(truncate("h", 3));
    TRY(truncate("nothing", 3));
    TRY(ftruncate(99, 3));
    int r = open("h", O_RDONLY);
    TRY(ftruncate(r, 1));
    fstat(fd, &st);
    SHOW(st.st_size);
    return 0;
}
