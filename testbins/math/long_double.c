// long double through printf, strtold and the x87: every digit.
// build: glibc musl static-pie
#include "show.h"
#include <float.h>
#include <math.h>
static void show(const char *name, volatile long double x)
{
    printf("%-10s %.21Lg %.36Lf %La %.5Le\n", name, x, fabsl(x) < 1e20L ? x : 0, x, x);
}
int main(void)
{
    volatile long double one = 1, three = 3, zero = 0;
    show("1/3", one / three);
    show("pi", acosl(-one));
    printf("1e4000L = %.30Lg\n", 1e4000L);
    printf("1e4000L = %.0Lf\n", 1e400L);
    show("2/3", 2 / three);
    show("max", LDBL_MAX);
    show("min", LDBL_MIN);
    show("denorm", LDBL_MIN / 8);
    show("epsilon", LDBL_EPSILON);
    show("inf", one / zero);
    show("-inf", -one / zero);
    printf("nan %Lf\n", fabsl(zero / zero));
    show("-0", -zero);
    show("sqrt2", sqrtl(2 * one));
    show("strtold", strtold("3.14159265358979323846264338327950288", NULL));
    show("hex", strtold("0x1.fffffffffffffffep-1", NULL));
    show("fmod", fmodl(1e18L, three));
    show("ceil", ceill(2.1L * one) + floorl(-2.1L * one) + rintl(2.5L * one) + truncl(-7.9L * one));
    int e;
    show("frexp", frexpl(12345.678L, &e));
    SHOW(e);
    show("ldexp", ldexpl(one, -16400));
    printf("%lld %lld %d\n", (long long)(1e18L * one + 1), llrintl(-2.5L), (int)(one * 1e9L));
    printf("%llu\n", (unsigned long long)(18446744073709551615.0L * one));
    float f = (float)(one / three);
    double d = (double)(one / three);
    printf("%.9g %.17g %d %d\n", f, d, one / three > d, one / three < f);
    printf("%d %d %d\n", sizeof(long double) == 16, LDBL_MANT_DIG, one + LDBL_EPSILON / 2 == one);
    return 0;
}
