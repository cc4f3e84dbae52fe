// madvise(2): MADV_DONTNEED gives zeros back, and a private file mapping its file.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/mman.h>
int main(void)
{
    char *p = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 'x', 8 * 4096);
    TRY(madvise(p + 4096, 2 * 4096, MADV_DONTNEED));
    printf("%d %d %d %d\n", p[4095], p[4096], p[3 * 4096 - 1], p[3 * 4096]);
    TRY(madvise(p, 4096, MADV_WILLNEED));
    TRY(madvise(p, 4096, MADV_NORMAL));
    TRY(madvise(p + 1, 4096, MADV_DONTNEED));
    TRY(madvise(p, 4096, 12345));
    munmap(p + 4096, 4096);
    TRY(madvise(p, 3 * 4096, MADV_DONTNEED));
    SHOW(p[0]);
    SHOW(p[2 * 4096]);
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    TRY(write(fd, "file text", 9));
    char *f = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    memcpy(f, "mine", 4);
    SHOWS(f);
    TRY(madvise(f, 4096, MADV_DONTNEED));
    SHOWS(f);
    TRY(madvise(f, 4096, MADV_FREE));
    return 0;
}
