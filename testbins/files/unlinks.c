// unlink(2), rmdir, unlinkat: an unlinked file lives while it is open.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
int main(void)
{
    char buf[16] = {0};
    struct stat st;
    int fd = open("gone", O_RDWR | O_CREAT, 0644);
    TRY(write(fd, "still here", 10));
    TRY(unlink("gone"));
    TRY(unlink("gone"));
    TRY(pread(fd, buf, 10, 0));
    SHOWS(buf);
    TRY(fstat(fd, &st));
    SHOW(st.st_nlink);
    TRY(write(fd, "!", 1));
    int again = open("gone", O_RDWR | O_CREAT | O_EXCL, 0644);
    HOLDS(again >= 0);
    TRY(read(again, buf, 10));
    TRY(mkdir("dir", 0755));
    TRY(mkdir("dir", 0755));
    TRY(mkdir("no/dir", 0755));
    TRY(unlink("dir"));
    TRY(rmdir("gone"));
    int d = open("dir", O_RDONLY | O_DIRECTORY);
    TRYOK(openat(d, "inner", O_CREAT | O_WRONLY, 0600));
    TRY(rmdir("dir"));
    TRY(mkdirat(d, "sub", 0700));
    TRY(unlinkat(d, "sub", 0));
    TRY(unlinkat(d, "sub", AT_REMOVEDIR));
    TRY(unlinkat(d, "inner", AT_REMOVEDIR));
    TRY(unlinkat(d, "inner", 0));
    TRY(unlinkat(d, "inner", 0x1234));
    TRY(rmdir("dir"));
    TRY(rmdir("dir"));
    TRY(rmdir("."));
    TRYOK(openat(d, "late", O_CREAT | O_WRONLY, 0600));
    return 0;
}
