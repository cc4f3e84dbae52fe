// readv(2) and writev(2): gathers and scatters, empty vectors, bad counts.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/uio.h>
int main(void)
{
    int fd = open("v", O_RDWR | O_CREAT, 0644);
    struct iovec out[4] = {{"one ", 4}, {"", 0}, {"two ", 4}, {"three", 5}};
    TRY(writev(fd, out, 4));
    TRY(lseek(fd, 0, SEEK_SET));
    char a[3], b[6], c[50];
    struct iovec in[3] = {{a, sizeof a}, {b, sizeof b}, {c, sizeof c}};
    long n = readv(fd, in, 3);
    SHOW(n);
    printf("%.3s|%.6s|%.*s\n", a, b, (int)(n - 9), c);
    TRY(readv(fd, in, 3));
    TRY(readv(fd, in, 0));
    TRY(writev(fd, out, -1));
    TRY(writev(fd, out, 1025));
    struct iovec bad[2] = {{"ok", 2}, {(void *)8, 4}};
    TRY(writev(fd, bad, 2) > 0);
    struct iovec huge[2] = {{a, (size_t)-1}, {b, 1}};
    TRY(readv(fd, huge, 2));
    TRY(writev(99, out, 1));
    close(fd);
    return 0;
}
