// Gathers and masked moves at the end of a mapping: which element faults, what has arrived by then, and that the
// instruction goes on where it stopped. The handler maps the page.
// build: glibc musl
// flags: -O1 -march=x86-64-v3
#include "show.h"
#include <immintrin.h>
#include <signal.h>
#include <sys/mman.h>
static char *page;
static int faults;
static long first_fault;
static void handler(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    if (!faults++)
        first_fault = (char *)info->si_addr - page;
    mprotect((char *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}
static void again(void)
{
    mprotect(page + 4096, 4096, PROT_NONE), mprotect(page + 2 * 4096, 4096, PROT_NONE);
    faults = 0, first_fault = -1;
}
static void out(const char *name, __m256i r)
{
    uint32_t w[8];
    memcpy(w, &r, 32);
    printf("%-12s faults %d, first at %ld:", name, faults, first_fault);
    for (int i = 0; i < 8; i++)
        printf(" %08x", w[i]);
    puts("");
    again();
}
int main(void)
{
    page = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4096; i++)
        ((uint32_t *)page)[i] = (uint32_t)i * 0x01010101;
    struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &act, NULL);
    again();
    const int *base = (const int *)page;
    __m256i index = _mm256_setr_epi32(0, 1020, 1030, 5, 2050, 2, 1040, 3000), all = _mm256_set1_epi32(-1), old = _mm256_set1_epi32(0x55);
    out("dd", _mm256_mask_i32gather_epi32(old, base, index, all, 4));
    out("dd some", _mm256_mask_i32gather_epi32(old, base, index, _mm256_setr_epi32(-1, 0, 0, -1, -1, -1, 0, 0), 4));
    out("dd none", _mm256_mask_i32gather_epi32(old, base, index, _mm256_setzero_si256(), 4));
    out("dq", _mm256_mask_i32gather_epi64(old, (const long long *)base, _mm256_castsi256_si128(index), all, 4));
    out("qq", _mm256_mask_i64gather_epi64(old, (const long long *)base, _mm256_setr_epi64x(7, 1021, 2040, 1), all, 4));
    out("qd", _mm256_castsi128_si256(_mm256_mask_i64gather_epi32(_mm256_castsi256_si128(old), base, _mm256_setr_epi64x(2047, 1023, 1024, 1), _mm256_castsi256_si128(all), 4)));
    const int *edge = (const int *)(page + 4096 - 16);
    __m256i low = _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0), high = _mm256_setr_epi32(0, -1, 0, 0, 0, -1, 0, 0);
    out("load low", _mm256_maskload_epi32(edge, low));
    out("load both", _mm256_maskload_epi32(edge, high));
    out("load none", _mm256_maskload_epi32((const int *)(page + 4096 + 64), _mm256_setzero_si256()));
    out("load q", _mm256_maskload_epi64((const long long *)edge, _mm256_setr_epi64x(-1, 0, -1, 0)));
    _mm256_maskstore_epi32((int *)edge, low, all);
    out("store low", _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)edge)));
    _mm256_maskstore_epi32((int *)edge, high, old);
    out("store both", _mm256_loadu_si256((const __m256i *)edge));
    _mm256_maskstore_ps((float *)page + 2040, all, _mm256_castsi256_ps(index));
    out("store all", _mm256_loadu_si256((const __m256i *)((float *)page + 2040)));
    return 0;
}
