// The floating-point environment in full: rounding x type x operation, each flag, saved environments, precision control.
// build: glibc musl debug
// flags: -frounding-math -fno-builtin
#include "show.h"
#include <fenv.h>
#include <float.h>
#include <math.h>
static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
static void raw(const void *p, int n)
{
    const unsigned char *b = p;
    char text[24], *t = text;
    while (n--)
        *t++ = "0123456789abcdef"[b[n] >> 4], *t++ = "0123456789abcdef"[b[n] & 15];
    *t++ = ' ', *t = 0;
    fputs(text, stdout);
}
static void flags(void)
{
    int f = fetestexcept(FE_ALL_EXCEPT);
    printf("%s%s%s%s%s\n", f & FE_INVALID ? "I" : "-", f & FE_DIVBYZERO ? "Z" : "-", f & FE_OVERFLOW ? "O" : "-", f & FE_UNDERFLOW ? "U" : "-",
           f & FE_INEXACT ? "P" : "-");
    feclearexcept(FE_ALL_EXCEPT);
}
#define MATRIX(T, n, sqrt_, rint_, max, min)                                                      \
    static void matrix_##T##n(void)                                                               \
    {                                                                                             \
        static const T v[] = {1, 3, -7, (T).1L, max, -min, 0};                                    \
        for (unsigned m = 0; m < 4; m++) {                                                        \
            printf("%s mode %u\n", #T #n, m);                                                     \
            fesetround(modes[m]);                                                                 \
            for (unsigned i = 0; i < 7; i++)                                                      \
                for (unsigned j = 0; j < 7; j++) {                                                \
                    volatile T a = v[i], b = v[j], r;                                             \
                    feclearexcept(FE_ALL_EXCEPT);                                                 \
                    r = a + b, raw((void *)&r, n);                                                \
                    r = a - b, raw((void *)&r, n);                                                \
                    r = a * b, raw((void *)&r, n);                                                \
                    r = a / b, raw((void *)&r, n);                                                \
                    flags();                                                                      \
                }                                                                                 \
            for (unsigned i = 0; i < 7; i++) {                                                    \
                volatile T a = v[i] * (T)1.37L, r;                                                \
                volatile float f;                                                                 \
                volatile double d;                                                                \
                feclearexcept(FE_ALL_EXCEPT);                                                     \
                r = sqrt_(a), raw((void *)&r, n);                                                 \
                r = rint_(a), raw((void *)&r, n);                                                 \
                f = (float)a, raw((void *)&f, 4);                                                 \
                d = (double)a, raw((void *)&d, 8);                                                \
                flags();                                                                          \
            }                                                                                     \
        }                                                                                         \
        fesetround(FE_TONEAREST);                                                                 \
    }
typedef long double extended;
MATRIX(float, 4, sqrtf, rintf, FLT_MAX, FLT_MIN)
MATRIX(double, 8, sqrt, rint, DBL_MAX, DBL_MIN)
MATRIX(extended, 10, sqrtl, rintl, LDBL_MAX, LDBL_MIN)
static void integers(void)
{
    static const long double v[] = {.5L, -.5L, 1.5L, 2.5L, -3.5L, 1e10L + .25L, -9e18L};
    for (unsigned m = 0; m < 4; m++) {
        fesetround(modes[m]);
        for (unsigned i = 0; i < 7; i++) {
            volatile long double x = v[i];
            volatile double d = (double)x;
            printf("%lld %lld %ld %d ", llrintl(x), llrint(d), (long)x, (int)d);
            feclearexcept(FE_ALL_EXCEPT);
            volatile long long n = llrintl(x);
            (void)n, flags();
        }
    }
    fesetround(FE_TONEAREST);
}
static void saved(void)
{
    volatile long double one = 1, zero = 0, r;
    volatile double d = 3, e;
    fenv_t env, outer;
    fexcept_t some;
    int each[] = {FE_INVALID, FE_DIVBYZERO, FE_OVERFLOW, FE_UNDERFLOW, FE_INEXACT};
    for (int i = 0; i < 5; i++) {
        TRY(feraiseexcept(each[i]));
        flags();
    }
    TRY(feraiseexcept(FE_ALL_EXCEPT));
    flags();
    fesetround(FE_UPWARD);
    r = one / zero;
    TRY(fegetenv(&outer));
    TRY(fesetenv(FE_DFL_ENV));
    HOLDS(fegetround() == FE_TONEAREST), flags();
    TRY(fesetenv(&outer));
    HOLDS(fegetround() == FE_UPWARD), flags();
    TRY(feholdexcept(&env));
    e = one / d;
    r = sqrtl(-one);
    flags();
    e = one / d;
    TRY(feupdateenv(&env));
    HOLDS(fegetround() == FE_UPWARD), flags();
    r = one / zero, e = one / d;
    TRY(fegetexceptflag(&some, FE_DIVBYZERO | FE_INEXACT));
    flags();
    TRY(fesetexceptflag(&some, FE_INEXACT));
    flags();
    TRY(fesetexceptflag(&some, FE_DIVBYZERO));
    flags();
    TRY(fesetround(0x1234));
    fesetround(FE_TONEAREST);
    (void)r, (void)e;
}
static void precision(void)
{
    static const uint16_t pc[] = {0, 0x200, 0x300};
    for (int p = 0; p < 3; p++)
        for (int m = 0; m < 4; m++) {
            uint16_t old, cw;
            __asm__ volatile("fnstcw %0" : "=m"(old));
            cw = (uint16_t)((old & 0xf0ff) | pc[p] | m << 10);
            volatile long double a = 1, b = 3, c = 1e-4940L, r[8];
            feclearexcept(FE_ALL_EXCEPT);
            __asm__ volatile("fldcw %0" ::"m"(cw));
            r[0] = a / b, r[1] = a / -b, r[2] = b + 0x1p-60L, r[3] = b * 0x1.000001000001p3L, r[4] = sqrtl(b), r[5] = c / 1e9L;
            r[6] = b + 0x1p-23L, r[7] = rintl(a / b + 2.5L);
            __asm__ volatile("fldcw %0" ::"m"(old));
            printf("pc %x rc %d: ", pc[p], m);
            for (int i = 0; i < 8; i++)
                raw((void *)&r[i], 10);
            flags();
        }
}
int main(void)
{
    matrix_float4();
    matrix_double8();
    matrix_extended10();
    integers();
    saved();
    precision();
    return 0;
}
