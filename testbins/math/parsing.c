// strtod(3), strtol(3) and kin: exact rounding, ends, overflow.
// build: glibc musl
#include "show.h"
#include <inttypes.h>
static void d(const char *s)
{
    char *end;
    errno = 0;
    double x = strtod(s, &end);
    printf("%s -> %.17g, rest <%s> %s\n", s, x, end, errno ? errno_name(errno) : "");
}
static void l(const char *s, int base)
{
    char *end;
    errno = 0;
    long x = strtol(s, &end, base);
    printf("%s base %d -> %ld, rest <%s> %s", s, base, x, end, errno ? errno_name(errno) : "");
    errno = 0;
    printf(" unsigned %lu %s\n", strtoul(s, NULL, base), errno ? errno_name(errno) : "");
}
int main(void)
{
    const char *ds[] = {"0", "1.5", " \t-2.25e3xyz", "1e308", "1e309", "-1e400", "4.9e-324", "2e-324", "1e-400", "2.2250738585072011e-308",
                        "9007199254740993", "9007199254740992.99999999999999999999", "0x1.8p3", "0x.p1", "inf", "-INFINITY!", "nan(123)z",
                        "1e", "1e+", ".5", "5.", ".", "", "+-1", "123456789012345678901234567890",
                        "0.1000000000000000055511151231257827021181583404541015625", "1.7976931348623159e308", "179769313486231580793e289"};
    for (unsigned i = 0; i < sizeof ds / sizeof *ds; i++)
        d(ds[i]);
    l("42", 10), l("-42abc", 10), l("0x1F", 0), l("0777", 0), l("zz", 36), l("9223372036854775807", 10), l("9223372036854775808", 10);
    l("-9223372036854775809", 10), l("18446744073709551616", 10), l("", 10), l("0x", 16), l("08", 0), l("  +7", 10), l("101", 2);
    int a, n;
    unsigned b;
    char w[10], set[10];
    double f;
    SHOW(sscanf("12 ff word [abc]def 2.5e1tail", "%d %x %9s [%9[a-c]]%*c%*2s%lf%n", &a, &b, w, set, &f, &n));
    printf("%d %u %s %s %g %d\n", a, b, w, set, f, n);
    SHOW(sscanf("abc", "%d", &a));
    SHOW(sscanf("", "%d", &a));
    printf("%" PRIdMAX "\n", strtoimax("-123", NULL, 10));
    return 0;
}
