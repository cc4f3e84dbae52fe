// The floating-point environment: rounding modes and exception flags, in SSE and x87.
// build: glibc musl
// flags: -frounding-math -fno-builtin
#include "show.h"
#include <fenv.h>
#include <math.h>
static void flags(const char *what)
{
    int f = fetestexcept(FE_ALL_EXCEPT);
    printf("%s:%s%s%s%s%s\n", what, f & FE_INVALID ? " invalid" : "", f & FE_DIVBYZERO ? " divbyzero" : "", f & FE_OVERFLOW ? " overflow" : "",
           f & FE_UNDERFLOW ? " underflow" : "", f & FE_INEXACT ? " inexact" : "");
    feclearexcept(FE_ALL_EXCEPT);
}
int main(void)
{
    int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    volatile double one = 1, three = 3, half = 2.5, huge = 1e308, tiny = 1e-308, zero = 0;
    volatile long double lone = 1, lthree = 3, lhalf = 2.5L;
    for (int i = 0; i < 4; i++) {
        TRY(fesetround(modes[i]));
        HOLDS(fegetround() == modes[i]);
        printf("%a %a %.0f %.0f %ld %d\n", one / three, -one / three, rint(half), rint(-half), lrint(half), (int)half);
        printf("%La %La %.0Lf %ld\n", lone / lthree, -lone / lthree, rintl(lhalf), lrintl(-lhalf));
        printf("%a %a %.3f %g\n", sqrt(half), (double)(float)(one / three), one / three, huge * 10);
        printf("%.1f %.2e %.0f\n", 0.25, 1.125, 0.5);
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double r;
    volatile long double lr;
    r = one / three, flags("1/3");
    r = one / zero, flags("1/0");
    r = zero / zero, flags("0/0");
    r = huge * huge, flags("huge*huge");
    r = tiny * tiny, flags("tiny*tiny");
    r = sqrt(-one), flags("sqrt(-1)");
    r = one + one, flags("1+1");
    volatile int n = (int)huge;
    flags("(int)huge");
    n = (int)half, flags("(int)2.5");
    lr = lone / lthree, flags("1/3L");
    lr = lone / zero, flags("1/0L");
    lr = sqrtl(-lone), flags("sqrtl(-1)");
    volatile float f = (float)huge;
    flags("(float)huge");
    (void)(one < (double)NAN), flags("1<nan");
    feraiseexcept(FE_OVERFLOW), flags("raised");
    fenv_t env;
    feholdexcept(&env);
    r = one / zero;
    feupdateenv(&env);
    flags("held");
    (void)r, (void)lr, (void)f, (void)n;
    return 0;
}
