// FMA, F16C and the exception flags they raise, in every rounding mode.
// build: glibc
// flags: -O1 -march=x86-64-v3 -frounding-math
#include "show.h"
#include <fenv.h>
#include <float.h>
#include <immintrin.h>
#include <math.h>
static volatile double d[] = {1.0 / 3, -3, 0x1p-1074, 0x1p-1022, DBL_MAX, -DBL_MAX, 0, -0.0, INFINITY, 1 + DBL_EPSILON, 1 - DBL_EPSILON, 0x1.8p-540};
static volatile float f[] = {1.0f / 3, -3, 0x1p-149f, 0x1p-126f, FLT_MAX, -FLT_MAX, 0, -0.0f, INFINITY, 1 + FLT_EPSILON, 65519, 0x1.ffcp-15f, 0x1p-24f, 0x1.8p-25f};
enum { D = sizeof d / sizeof *d, F = sizeof f / sizeof *f };
int main(void)
{
    int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    for (int m = 0; m < 4; m++) {
        uint64_t h = 0, raised = 0;
        fesetround(modes[m]);
        for (int i = 0; i < D; i++)
            for (int j = 0; j < D; j++)
                for (int k = 0; k < D; k++) {
                    feclearexcept(FE_ALL_EXCEPT);
                    double r[4] = {fma(d[i], d[j], d[k]), fma(-d[i], d[j], d[k]), fma(d[i], d[j], -d[k]), fma(-d[i], d[j], -d[k])};
                    raised = raised * 3 + (uint64_t)fetestexcept(FE_ALL_EXCEPT);
                    h = h * 31 + fnv(r, sizeof r);
                }
        printf("double %d: %016llx %016llx\n", m, (unsigned long long)h, (unsigned long long)raised);
        h = raised = 0;
        for (int i = 0; i < F; i++)
            for (int j = 0; j < F; j++)
                for (int k = 0; k < F; k++) {
                    feclearexcept(FE_ALL_EXCEPT);
                    __m256 r = _mm256_fmaddsub_ps(_mm256_set1_ps(f[i]), _mm256_set1_ps(f[j]), _mm256_set1_ps(f[k]));
                    float s = fmaf(f[i], f[j], f[k]);
                    raised = raised * 3 + (uint64_t)fetestexcept(FE_ALL_EXCEPT);
                    h = h * 31 + fnv(&r, sizeof r) + fnv(&s, sizeof s);
                }
        printf("float  %d: %016llx %016llx\n", m, (unsigned long long)h, (unsigned long long)raised);
        for (int i = 0; i < F; i++) {
            feclearexcept(FE_ALL_EXCEPT);
            unsigned short half = _cvtss_sh(f[i], _MM_FROUND_CUR_DIRECTION);
            int flags = fetestexcept(FE_ALL_EXCEPT);
            float back = _cvtsh_ss(half);
            printf("%a -> %04x (%02x) -> %a\n", f[i], half, flags, back);
        }
    }
    return 0;
}
