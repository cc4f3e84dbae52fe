// libc's string functions and hand-written AVX2 ones up to the last byte before an unmapped page.
// build: glibc musl
// flags: -O2 -march=x86-64-v3
#include "show.h"
#include <immintrin.h>
#include <sys/mman.h>
static size_t length(const char *s)
{
    const char *p = (const char *)((uintptr_t)s & ~31ul);
    unsigned found = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_load_si256((const __m256i *)p), _mm256_setzero_si256())) >> (s - p);
    if (found)
        return _tzcnt_u32(found);
    for (;;) {
        p += 32;
        found = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_load_si256((const __m256i *)p), _mm256_setzero_si256()));
        if (found)
            return (size_t)(p - s) + _tzcnt_u32(found);
    }
}
static const char *find(const char *s, char c, size_t n)
{
    for (; n >= 32; s += 32, n -= 32) {
        unsigned found = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)s), _mm256_set1_epi8(c)));
        if (found)
            return s + _tzcnt_u32(found);
    }
    for (; n; s++, n--)
        if (*s == c)
            return s;
    return NULL;
}
int main(void)
{
    char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 2 * 4096, 4096);
    char *end = page + 2 * 4096;
    uint64_t h = 0;
    for (int n = 0; n < 300; n += 1 + n / 40) {
        char *s = end - n - 1;
        for (int i = 0; i < n; i++)
            s[i] = (char)('a' + i % 23);
        s[n] = 0;
        volatile size_t libc = strlen(s);
        char copy[320];
        strcpy(copy, s);
        h = h * 31 + libc + length(s) + strnlen(s, 1000) + (size_t)(find(s, 'w', (size_t)n) - (find(s, 'w', (size_t)n) ? s : NULL));
        h = h * 31 + (uint64_t)(memchr(s, 0, (size_t)n + 1) == s + n) + (uint64_t)(strchr(s, 'z') == NULL) + (uint64_t)(strrchr(s, 'a') ? strrchr(s, 'a') - s : 77);
        h = h * 31 + (uint64_t)memcmp(copy, s, (size_t)n + 1) + (uint64_t)strcmp(copy, s) + (uint64_t)(memrchr(s, 'c', (size_t)n) ? 1 : 2);
        h = h * 31 + strspn(s, "abcdefg") + strcspn(s, "xyz") + fnv(copy, (size_t)n);
        memmove(s - 7, s, (size_t)n + 1), memset(s, 'q', (size_t)n + 1), memcpy(end - n - 1, copy, (size_t)n + 1);
        h = h * 31 + fnv(end - n - 40, (size_t)n + 40);
    }
    SHOWX(h);
    return 0;
}
