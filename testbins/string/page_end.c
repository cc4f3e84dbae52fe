// Strings that end where their page ends: no function may touch the next, which is not there.
// build: glibc musl
// flags: -fno-builtin
#include "show.h"
#include <sys/mman.h>
#include <wchar.h>
int main(void)
{
    char *m = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(m + 4096, 4096, PROT_NONE);
    mprotect(m + 3 * 4096, 4096, PROT_NONE);
    char *e = m + 4096, *f = m + 3 * 4096;
    long bad = 0;
    for (int n = 1; n < 140; n++) {
        memset(e - n, 'a', n - 1), e[-1] = 0;
        memcpy(f - n, e - n, n);
        bad += strlen(e - n) != (size_t)n - 1;
        bad += strcmp(e - n, f - n) != 0 || memcmp(e - n, f - n, n) != 0 || strcasecmp(e - n, f - n) != 0;
        bad += strchr(e - n, 'q') != NULL || memchr(e - n, 'q', n) != NULL || strrchr(e - n, 'q') != NULL;
        bad += strstr(e - n, "ab") != NULL || strspn(e - n, "a") != (size_t)n - 1 || strcspn(e - n, "xyz") != (size_t)n - 1;
        strcpy(f - n, e - n);
        strncpy(f - n, e - n, n);
        memmove(f - n, e - n, n);
        memset(f - n, 0, n);
        bad += strnlen(e - n, 10000) != (size_t)n - 1;
        char *d = strdup(e - n);
        bad += strcmp(d, e - n) != 0;
        free(d);
        bad += atoi(e - n) != 0;
    }
    for (int n = 1; n < 40; n++) {
        wchar_t *w = (wchar_t *)e - n;
        wmemset(w, L'w', n - 1), w[n - 1] = 0;
        bad += wcslen(w) != (size_t)n - 1 || wcschr(w, L'x') != NULL || wmemcmp(w, w, n) != 0;
    }
    SHOW(bad);
    return 0;
}
