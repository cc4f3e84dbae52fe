// The mem and str functions over every alignment and length that matters.
// build: glibc musl static-pie
// flags: -fno-builtin
#include "show.h"
static unsigned char a[400], b[400], c[400];
static void fill(void)
{
    for (int i = 0; i < 400; i++)
        a[i] = i * 7 + 1, b[i] = c[i] = i * 13 + 5;
}
int main(void)
{
    uint64_t h = 0;
    long bad = 0;
    for (int s = 0; s < 17; s += 3)
        for (int d = 0; d < 17; d++)
            for (int n = 0; n < 300; n = n < 40 ? n + 1 : n + 29) {
                fill();
                bad += memcpy(b + d, a + s, n) != b + d;
                for (int i = 0; i < n; i++)
                    c[d + i] = a[s + i];
                bad += memcmp(b, c, 400) != 0;
                if (n)
                    bad += memcmp(b + d, a + s, n) != 0;
                if (n % 5 == 0) {
                    memmove(b + d, b + s, n);
                    h = h * 31 + fnv(b, 330);
                    memset(b + d, n, n);
                    h = h * 31 + fnv(b, 330);
                }
            }
    SHOW(bad);
    SHOWX(h);
    char t[300];
    for (int at = 0; at < 33; at++)
        for (int n = 0; n < 120; n += 1 + n / 16) {
            memset(t, 'x', sizeof t);
            t[at + n] = 0;
            bad += strlen(t + at) != (size_t)n || strnlen(t + at, 50) != (size_t)(n < 50 ? n : 50);
            bad += memchr(t + at, 0, 200) != t + at + n || strchr(t + at, 0) != t + at + n || strchr(t + at, 'y') != NULL;
            if (n > 2) {
                t[at + n / 2] = 'y';
                bad += strchr(t + at, 'y') != t + at + n / 2 || strrchr(t + at, 'y') != t + at + n / 2 || memrchr(t + at, 'y', n) != t + at + n / 2;
                bad += strcspn(t + at, "yz") != (size_t)n / 2 || strspn(t + at, "xz") != (size_t)n / 2;
            }
            char u[300];
            bad += strcmp(strcpy(u + (at * 5) % 19, t + at), t + at) != 0;
            u[(at * 5) % 19 + n] = 'z', u[(at * 5) % 19 + n + 1] = 0;
            bad += strcmp(u + (at * 5) % 19, t + at) <= 0 || strncmp(u + (at * 5) % 19, t + at, n) != 0;
            bad += stpcpy(u, t + at) != u + n;
        }
    SHOW(bad);
    return 0;
}
