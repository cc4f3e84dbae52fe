// String instructions: every width, both directions, all REP forms, counts of zero.
// build: glibc
#include "show.h"
static unsigned char src[256], dst[256];
static void reset(void)
{
    for (int i = 0; i < 256; i++)
        src[i] = i * 5 + 3, dst[i] = 0xee;
}
#define RUN(op, n, back)                                                                                         \
    do {                                                                                                         \
        reset();                                                                                                 \
        unsigned char *s_ = src + (back ? 160 : 16), *d_ = dst + (back ? 160 : 17);                              \
        long n_ = n;                                                                                             \
        uint64_t a_ = 0x1122334455667788;                                                                        \
        if (back)                                                                                                \
            __asm__ volatile("std\n\t" op "\n\tcld" : "+S"(s_), "+D"(d_), "+c"(n_), "+a"(a_) : : "memory", "cc"); \
        else                                                                                                     \
            __asm__ volatile(op : "+S"(s_), "+D"(d_), "+c"(n_), "+a"(a_) : : "memory", "cc");                    \
        printf("%s %d: si %ld di %ld cx %ld ax %lx %016lx\n", op, back, (long)(s_ - src), (long)(d_ - dst), n_, a_, fnv(dst, 256)); \
    } while (0)
#define BOTH(op, n) RUN(op, n, 0); RUN(op, n, 1)
#define SCAN(op, back)                                                                                            \
    do {                                                                                                          \
        reset();                                                                                                  \
        memcpy(dst, src, 256);                                                                                    \
        dst[100] ^= 1;                                                                                            \
        unsigned char *s_ = src + 96, *d_ = dst + 96, f_;                                                         \
        long n_ = 20;                                                                                             \
        uint64_t a_ = *(uint64_t *)(dst + 104);                                                                   \
        if (back)                                                                                                 \
            __asm__ volatile("cmp %%esp, %%esp\n\tstd\n\t" op "\n\tcld\n\tseta %3" : "+S"(s_), "+D"(d_), "+c"(n_), "=m"(f_) : "a"(a_) : "memory", "cc"); \
        else                                                                                                      \
            __asm__ volatile("cmp %%esp, %%esp\n\t" op "\n\tseta %3" : "+S"(s_), "+D"(d_), "+c"(n_), "=m"(f_) : "a"(a_) : "memory", "cc"); \
        printf("%s %d: si %ld di %ld cx %ld above %d\n", op, back, (long)(s_ - src), (long)(d_ - dst), n_, f_);   \
    } while (0)
#define SCANS(op) SCAN(op, 0); SCAN(op, 1)
int main(void)
{
    BOTH("movsb", 9); BOTH("movsw", 9); BOTH("movsl", 9); BOTH("movsq", 9);
    BOTH("rep movsb", 30); BOTH("rep movsw", 15); BOTH("rep movsl", 9); BOTH("rep movsq", 7);
    BOTH("stosb", 1); BOTH("stosw", 1); BOTH("stosl", 1); BOTH("stosq", 1);
    BOTH("rep stosb", 31); BOTH("rep stosw", 13); BOTH("rep stosl", 11); BOTH("rep stosq", 5);
    BOTH("lodsb", 1); BOTH("lodsw", 1); BOTH("lodsl", 1); BOTH("lodsq", 1);
    BOTH("rep lodsb", 5); BOTH("rep movsb", 0); BOTH("rep stosq", 0);
    SCANS("cmpsb"); SCANS("repe cmpsb"); SCANS("repne cmpsb"); SCANS("repe cmpsw"); SCANS("repe cmpsl"); SCANS("repe cmpsq");
    SCANS("scasb"); SCANS("repne scasb"); SCANS("repe scasb"); SCANS("repne scasw"); SCANS("repne scasl"); SCANS("repne scasq");
    /* Overlap by one copies the first byte over all. */
    reset();
    void *s = src, *d = src + 1;
    long n = 100;
    __asm__ volatile("rep movsb" : "+S"(s), "+D"(d), "+c"(n)::"memory");
    SHOW(src[0] == src[100]);
    SHOWX(fnv(src, 256));
    return 0;
}
