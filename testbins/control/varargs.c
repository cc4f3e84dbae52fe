// Variable arguments of every class, and structs passed and returned by the ABI's rules.
// build: glibc musl debug
#include "show.h"
struct small { int a; char b; };
struct mixed { double d; long l; };
struct floats { float x, y, z; };
struct large { long v[6]; };
static double sum(const char *kinds, ...)
{
    va_list ap, copy;
    va_start(ap, kinds);
    va_copy(copy, ap);
    double s = 0;
    for (const char *k = kinds; *k; k++)
        switch (*k) {
        case 'i': s += va_arg(ap, int); break;
        case 'd': s += va_arg(ap, double); break;
        case 'l': s += va_arg(ap, long); break;
        case 'L': s += (double)va_arg(ap, long double); break;
        case 's': { struct small x = va_arg(ap, struct small); s += x.a + x.b; break; }
        case 'm': { struct mixed x = va_arg(ap, struct mixed); s += x.d + x.l; break; }
        case 'g': { struct large x = va_arg(ap, struct large); s += x.v[0] + x.v[5]; break; }
        }
    s += *kinds == 'i' ? va_arg(copy, int) * 1000 : 0;
    va_end(ap), va_end(copy);
    return s;
}
static struct small __attribute__((noinline)) mk_small(int a) { return (struct small){a, a + 1}; }
static struct mixed __attribute__((noinline)) mk_mixed(double d) { return (struct mixed){d, d * 2}; }
static struct floats __attribute__((noinline)) mk_floats(struct floats f, float k) { return (struct floats){f.x * k, f.y * k, f.z * k}; }
static struct large __attribute__((noinline)) mk_large(long a, struct large in) { for (int i = 0; i < 6; i++) in.v[i] += a * i; return in; }
static long __attribute__((noinline)) many(long a, int b, short c, char d, long e, long f, long g, int h, char i, double x, float y)
{
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + (long)(x * 10) + (long)(y * 100);
}
int main(void)
{
    struct large g = {{1, 2, 3, 4, 5, 6}};
    printf("%g\n", sum("iiiiiiiiii", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    printf("%g\n", sum("dddddddddd", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.5));
    printf("%g\n", sum("idLsmgldi", 1, 2.5, 3.25L, mk_small(4), mk_mixed(1.5), g, 1L << 40, .125, 7));
    struct floats f = mk_floats((struct floats){1, 2, 3}, 1.5f);
    printf("%g %g %g\n", f.x, f.y, f.z);
    g = mk_large(10, g);
    printf("%ld %ld %d %ld\n", g.v[1], g.v[5], mk_small(8).b, mk_mixed(2).l);
    SHOW(many(1, -2, 3, -4, 5, 6, 7, -8, 9, 1.5, 2.25f));
    char buf[100];
    SHOW(snprintf(buf, 10, "%s-%d-%c-%p", "long string", 42, 'x', NULL) > 10);
    SHOWS(buf);
    printf("%*d|%-*d|%.*s|\n", 5, 42, 6, 43, 3, "abcdef");
    printf("%2$s %1$d %2$s\n", 7, "pos");
    printf("%hhd %hd %ld %lld %zu %td %jd %x %o %#x %#o %+d % d %05d %-5d| %c%%\n", (char)300, (short)70000, -1L, -1LL, sizeof g, (long)-3, (intmax_t)9, 255, 8, 255, 8, 5, 5, -42, 7, 'z');
    return 0;
}
