// double and float formatting: widths, precisions, exponents, extremes, rounding to even.
// build: glibc musl
#include "show.h"
#include <float.h>
#include <math.h>
int main(void)
{
    volatile double v[] = {0, -0.0, 1, -1.5, 0.1, 1.0 / 3, 123456789.125, 1e21, 1e22, 1e23, 5e-324, DBL_MIN, DBL_MAX, 2.5, 3.5, 0.5, 1e-5, 9.9999999, 4503599627370497.5};
    for (unsigned i = 0; i < sizeof v / sizeof *v; i++)
        printf("%f %e %g %.17g %a %.0f %10.3f|%-12.4e|%+.2g\n", v[i], v[i], v[i], v[i], v[i], v[i], v[i], v[i], v[i]);
    printf("%f %F %5.1f %e %G\n", INFINITY, -INFINITY, fabs(NAN), INFINITY, fabs(NAN));
    printf("%.60f\n%.3000e\n", 0.1, 1e300);
    for (int i = -20; i < 20; i++)
        printf("%g ", pow(10, i) * 1.2345);
    puts("");
    volatile float f = 16777217.0, g = 0.1f;
    printf("%.9g %.9g %.17g %a\n", f, g, g, g);
    printf("%d %u %lld %lld\n", (int)-1.9, (unsigned)3e9, (long long)-1e15, (long long)4.99999999);
    volatile double big = 1e30, nan = NAN;
    printf("%d %lld\n", (int)big == (int)0x80000000, (long long)nan);
    volatile uint64_t u = 0xfffffffffffffc00;
    volatile int64_t s = -9007199254740993;
    printf("%.0f %.0f %.9g\n", (double)u, (double)s, (float)s);
    return 0;
}
