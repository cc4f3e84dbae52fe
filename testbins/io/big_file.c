// A file of some size, written in pieces of every length, read back and left behind.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
int main(void)
{
    enum { SIZE = 300000 };
    char *data = malloc(SIZE), *back = malloc(SIZE);
    uint32_t x = 1;
    for (int i = 0; i < SIZE; i++) {
        x = x * 1103515245 + 12345;
        data[i] = x >> 16;
    }
    int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0644);
    long at = 0, step = 1;
    while (at < SIZE) {
        long n = step < SIZE - at ? step : SIZE - at;
        if (write(fd, data + at, n) != n)
            return 1;
        at += n;
        step = step * 3 + 1;
        if (step > 70000)
            step = 1;
    }
    lseek(fd, 0, SEEK_SET);
    long got = 0, n;
    while ((n = read(fd, back + got, 4099)) > 0)
        got += n;
    SHOW(got);
    SHOW(memcmp(data, back, SIZE));
    SHOWX(fnv(back, SIZE));
    return 0;
}
