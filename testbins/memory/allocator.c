// malloc, calloc, realloc, aligned_alloc, free in a long random order, with contents checked.
// build: glibc musl static-pie
#include "show.h"
int main(void)
{
    enum { N = 300 };
    static unsigned char *p[N];
    static size_t size[N];
    uint32_t x = 12345;
    long bad = 0, grown = 0;
    for (int i = 0; i < 8000; i++) {
        x = x * 1664525 + 1013904223;
        int k = (x >> 8) % N;
        size_t n = (x >> 16) % ((x & 31) ? 500 : 20000) + 1;
        if (p[k]) {
            for (size_t j = 0; j < size[k]; j += 97)
                bad += p[k][j] != (unsigned char)(k + j);
            if (x & 64) {
                p[k] = realloc(p[k], n);
                grown += n > size[k];
                for (size_t j = 0; j < (n < size[k] ? n : size[k]); j += 97)
                    bad += p[k][j] != (unsigned char)(k + j);
            } else {
                free(p[k]);
                p[k] = NULL;
                continue;
            }
        } else if (x & 128) {
            p[k] = calloc(n, 1);
            for (size_t j = 0; j < n; j++)
                bad += p[k][j] != 0;
        } else {
            p[k] = x & 256 ? aligned_alloc(64, (n + 63) & ~63UL) : malloc(n);
            bad += (x & 256) && ((uintptr_t)p[k] & 63);
        }
        size[k] = n;
        for (size_t j = 0; j < n; j += 97)
            p[k][j] = k + j;
    }
    SHOW(bad);
    SHOW(grown);
    void *volatile huge = malloc((size_t)-1 / 2);
    HOLDS(huge == NULL && errno == ENOMEM);
    return 0;
}
