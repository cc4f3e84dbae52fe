// Parent and child share one file offset; closing in one leaves the other's open.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/wait.h>
int main(void)
{
    int fd = open("o", O_RDWR | O_CREAT, 0644);
    TRY(write(fd, "parent ", 7));
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            dprintf(fd, "child%d ", i);
            close(fd);
            _exit(0);
        }
        wait(NULL);
    }
    TRY(lseek(fd, 0, SEEK_CUR));
    TRY(write(fd, "end\n", 4));
    char buf[64] = {0};
    TRY(pread(fd, buf, sizeof buf, 0));
    SHOWS(buf);
    return 0;
}
