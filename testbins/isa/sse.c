// SSE and SSE2: moves, integer and floating arithmetic, compares, shuffles, conversions.
// build: glibc
#include "show.h"
#include <emmintrin.h>
#include <math.h>
static __m128i a, b;
static void out(const char *name, __m128i r)
{
    uint32_t w[4];
    memcpy(w, &r, 16);
    printf("%-18s %08x %08x %08x %08x\n", name, w[3], w[2], w[1], w[0]);
}
#define I2(f) out(#f, _mm_##f(a, b))
#define I1(f, n) out(#f " " #n, _mm_##f(a, n))
#define PS(f) out(#f, _mm_castps_si128(_mm_##f(x, y)))
#define PD(f) out(#f, _mm_castpd_si128(_mm_##f(p, q)))
int main(void)
{
    volatile uint32_t u[8] = {0x80017fff, 0xfffe0102, 0x7f80ff01, 0x00fe8000, 0x7fff0001, 0x01028003, 0x80fe7f02, 0xff017fff};
    memcpy(&a, (void *)u, 16), memcpy(&b, (void *)(u + 4), 16);
    I2(add_epi8); I2(add_epi16); I2(add_epi32); I2(add_epi64); I2(adds_epi8); I2(adds_epi16); I2(adds_epu8); I2(adds_epu16);
    I2(sub_epi8); I2(sub_epi16); I2(sub_epi32); I2(sub_epi64); I2(subs_epi8); I2(subs_epi16); I2(subs_epu8); I2(subs_epu16);
    I2(avg_epu8); I2(avg_epu16); I2(madd_epi16); I2(mulhi_epi16); I2(mulhi_epu16); I2(mullo_epi16); I2(mul_epu32); I2(sad_epu8);
    I2(max_epi16); I2(max_epu8); I2(min_epi16); I2(min_epu8); I2(and_si128); I2(andnot_si128); I2(or_si128); I2(xor_si128);
    I2(cmpeq_epi8); I2(cmpeq_epi16); I2(cmpeq_epi32); I2(cmpgt_epi8); I2(cmpgt_epi16); I2(cmpgt_epi32);
    I2(packs_epi16); I2(packs_epi32); I2(packus_epi16); I2(unpackhi_epi8); I2(unpackhi_epi16); I2(unpackhi_epi32); I2(unpackhi_epi64);
    I2(unpacklo_epi8); I2(unpacklo_epi16); I2(unpacklo_epi32); I2(unpacklo_epi64);
    I1(slli_epi16, 3); I1(slli_epi32, 33); I1(slli_epi64, 17); I1(srli_epi16, 3); I1(srli_epi32, 7); I1(srli_epi64, 40); I1(srai_epi16, 5);
    I1(srai_epi32, 99); I1(slli_si128, 5); I1(srli_si128, 11); I1(shuffle_epi32, 0x1b); I1(shufflehi_epi16, 0x39); I1(shufflelo_epi16, 0x93);
    out("sll by register", _mm_sll_epi32(a, _mm_cvtsi32_si128(9)));
    out("sra by register", _mm_sra_epi16(a, _mm_cvtsi64_si128(1L << 40)));
    printf("%x %x %x\n", _mm_movemask_epi8(a), _mm_extract_epi16(a, 5), _mm_cvtsi128_si32(b));
    out("insert", _mm_insert_epi16(a, 0xbeef, 3));
    volatile float f[8] = {1.5f, -2.25f, 1e30f, NAN, 3, 7.75f, -1e30f, -0.0f};
    volatile double d[4] = {1.0 / 3, -1e300, 7.5, 0.0};
    __m128 x = _mm_loadu_ps((float *)f), y = _mm_loadu_ps((float *)f + 4);
    __m128d p = _mm_loadu_pd((double *)d), q = _mm_loadu_pd((double *)d + 2);
    PS(add_ps); PS(sub_ps); PS(mul_ps); PS(div_ps); PS(min_ps); PS(max_ps); PS(add_ss); PS(mul_ss); PS(div_ss); PS(min_ss);
    PS(cmpeq_ps); PS(cmplt_ps); PS(cmple_ps); PS(cmpneq_ps); PS(cmpunord_ps); PS(cmpord_ps); PS(cmpnlt_ps); PS(and_ps); PS(andnot_ps); PS(xor_ps);
    PS(unpackhi_ps); PS(unpacklo_ps); PS(movehl_ps); PS(movelh_ps); PS(move_ss);
    PD(add_pd); PD(sub_pd); PD(mul_pd); PD(div_pd); PD(min_pd); PD(max_pd); PD(sub_sd); PD(div_sd); PD(cmplt_pd); PD(cmpunord_pd); PD(unpackhi_pd); PD(unpacklo_pd);
    out("shuffle_ps", _mm_castps_si128(_mm_shuffle_ps(x, y, 0xb1)));
    out("shuffle_pd", _mm_castpd_si128(_mm_shuffle_pd(p, q, 1)));
    out("sqrt_ps", _mm_castps_si128(_mm_sqrt_ps(_mm_mul_ps(y, y))));
    out("sqrt_pd", _mm_castpd_si128(_mm_sqrt_pd(_mm_mul_pd(q, q))));
    out("cvtps_epi32", _mm_cvtps_epi32(x)); out("cvttps_epi32", _mm_cvttps_epi32(x)); out("cvtepi32_ps", _mm_castps_si128(_mm_cvtepi32_ps(a)));
    out("cvtpd_epi32", _mm_cvtpd_epi32(q)); out("cvttpd_epi32", _mm_cvttpd_epi32(p)); out("cvtepi32_pd", _mm_castpd_si128(_mm_cvtepi32_pd(a)));
    out("cvtps_pd", _mm_castpd_si128(_mm_cvtps_pd(x))); out("cvtpd_ps", _mm_castps_si128(_mm_cvtpd_ps(p)));
    printf("%d %d %lld %d %d\n", _mm_cvtss_si32(x), _mm_cvttsd_si32(p), (long long)_mm_cvtsd_si64(q), _mm_movemask_ps(x), _mm_movemask_pd(p));
    printf("%d %d %d %d %d\n", _mm_comilt_ss(x, y), _mm_comieq_ss(x, x), _mm_ucomigt_sd(p, q), _mm_comineq_ss(_mm_shuffle_ps(x, x, 3), x), _mm_comige_sd(q, p));
    static uint32_t to[8] __attribute__((aligned(16)));
    _mm_stream_si128((__m128i *)to, a);
    _mm_maskmoveu_si128(b, a, (char *)to + 5);
    _mm_storel_epi64((__m128i *)(to + 1), b);
    _mm_storeh_pd((double *)(to + 6), q);
    _mm_sfence(), _mm_mfence(), _mm_lfence();
    SHOWX(fnv(to, sizeof to));
    out("loadl/loadh", _mm_castpd_si128(_mm_loadh_pd(_mm_load_sd((double *)to), (double *)d)));
    SHOWX(_mm_getcsr() & 0xffc0);
    return 0;
}
