// Copies standard input to standard output in odd pieces, counting.
// build: glibc musl
// stdin: The quick brown fox\njumps over\nthe lazy dog\n0123456789\n
#include "show.h"
int main(void)
{
    char buf[7];
    long n, total = 0;
    uint64_t h = 0;
    while ((n = read(0, buf, sizeof buf)) > 0) {
        total += n;
        if (write(1, buf, n) != n)
            return 1;
        for (long i = 0; i < n; i++)
            h = h * 31 + buf[i];
    }
    SHOW(n);
    SHOW(total);
    SHOWX(h);
    TRY(read(0, buf, 0));
    TRY(write(1, buf, 0));
    return 0;
}
