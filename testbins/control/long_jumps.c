// setjmp and longjmp: values, from deep calls, out of loops, over and over.
// build: glibc musl static-pie
#include "show.h"
#include <setjmp.h>
static jmp_buf a, b;
static void __attribute__((noinline)) deep(int n)
{
    volatile char pad[100];
    pad[0] = n;
    if (n == 0)
        longjmp(a, 42);
    deep(n - 1);
    pad[1] = pad[0];
}
int main(void)
{
    int r = setjmp(a);
    if (r == 0)
        deep(100);
    SHOW(r);
    r = setjmp(b);
    if (r == 0)
        longjmp(b, 0);
    SHOW(r);
    volatile int n = 0;
    volatile double d = 1.5;
    setjmp(a);
    if (++n < 1000) {
        d += .5;
        longjmp(a, n);
    }
    SHOW(n);
    printf("%.1f\n", d);
    volatile int outer = 0, inner = 0;
    if (setjmp(a) < 5) {
        outer++;
        if (setjmp(b) < 3) {
            inner++;
            longjmp(b, inner + (inner == 1));
        }
        longjmp(a, outer < 3 ? outer : 5);
    }
    printf("%d %d\n", outer, inner);
    return 0;
}
