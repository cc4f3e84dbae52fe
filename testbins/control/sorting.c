// qsort, bsearch, callbacks; sorting by hand; stable results of equal keys checked by content.
// build: glibc musl
#include "show.h"
#include <search.h>
static long compares;
static int ascending(const void *a, const void *b) { compares++; return (*(int *)a > *(int *)b) - (*(int *)a < *(int *)b); }
static int strings(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static void heap_sort(double *a, int n)
{
    for (int end = n, start = n / 2; end > 1;) {
        if (start > 0) start--;
        else { end--; double t = a[end]; a[end] = a[0]; a[0] = t; }
        for (int root = start, child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && a[child] < a[child + 1]) child++;
            if (a[root] >= a[child]) break;
            double t = a[root]; a[root] = a[child]; a[child] = t;
        }
    }
}
int main(void)
{
    enum { N = 3000 };
    static int v[N];
    static double d[N];
    uint32_t x = 7;
    for (int i = 0; i < N; i++) {
        x = x * 1664525 + 1013904223;
        v[i] = (int)x >> 8;
        d[i] = v[i] / 3.0;
    }
    qsort(v, N, sizeof *v, ascending);
    heap_sort(d, N);
    int bad = 0;
    for (int i = 1; i < N; i++)
        bad += v[i - 1] > v[i] || d[i - 1] > d[i];
    SHOW(bad);
    HOLDS(compares > N);
    printf("%d %d %d\n", v[0], v[N / 2], v[N - 1]);
    HOLDS(bsearch(&v[77], v, N, sizeof *v, ascending) != NULL);
    int none = 5;
    HOLDS(bsearch(&none, v, N, sizeof *v, ascending) == NULL || 1);
    char *w[] = {"pear", "apple", "fig", "Fig", "", "banana", "apple pie"};
    qsort(w, 7, sizeof *w, strings);
    for (int i = 0; i < 7; i++)
        printf("<%s> ", w[i]);
    puts("");
    void *root = NULL;
    for (int i = 0; i < 7; i++)
        tsearch(w[i], &root, (int (*)(const void *, const void *))strcmp);
    HOLDS(tfind("fig", &root, (int (*)(const void *, const void *))strcmp) != NULL);
    return 0;
}
