// A signal handler sees the interrupted code's YMM registers in its frame and may change them; they survive handlers,
// nested ones too, and switches between threads and processes that use them all.
// build: glibc musl
// flags: -mavx2
#include "show.h"
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

typedef struct {
    uint64_t q[16][4];
} Ymms;

// Loads all sixteen, runs `insn`, stores all sixteen.
#define L(n) "vmovdqu 32*" #n "(%[in]), %%ymm" #n "\n\t"
#define S(n) "vmovdqu %%ymm" #n ", 32*" #n "(%[out])\n\t"
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define ALL_YMM                                                                                                           \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",   \
        "xmm14", "xmm15"
#define THROUGH(insn, in_, out_)                                                                        \
    do {                                                                                                \
        long a_ = SYS_sched_yield, c_ = 100;                                                           \
        __asm__ volatile(EACH(L) insn "\n\t" EACH(S) "vzeroupper"                                       \
                         : "+a"(a_), "+c"(c_) : [in] "r"(in_), [out] "r"(out_)                          \
                         : "memory", "cc", "r11", ALL_YMM);                                             \
    } while (0)

static Ymms pattern(uint64_t seed)
{
    Ymms y;
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < 4; k++)
            y.q[i][k] = (seed = seed * 6364136223846793005u + 1442695040888963407u);
    return y;
}

// Where the frame keeps the upper halves: behind FXSAVE's area and the header (SDM vol. 1, 13.4).
static uint64_t *header(ucontext_t *c) { return (uint64_t *)((char *)c->uc_mcontext.fpregs + 512); }
static uint64_t *upper(ucontext_t *c, int n) { return (uint64_t *)((char *)c->uc_mcontext.fpregs + 576 + 16 * n); }
static uint64_t *lower(ucontext_t *c, int n) { return (uint64_t *)((char *)c->uc_mcontext.fpregs + 160 + 16 * n); }

static volatile int mode;
static __attribute__((used)) int child;
static uint64_t seen[4];
static void handler(int sig, siginfo_t *info, void *uc)
{
    // As they were when it started.
    uint64_t first[4];
    __asm__ volatile("vmovdqu %%ymm5, %0" : "=m"(first));
    ucontext_t *c = uc;
    (void)info;
    uint32_t *sw = (uint32_t *)((char *)c->uc_mcontext.fpregs + 464);
    unsigned size, a, b, d;
    __cpuid_count(0xd, 0, a, b, size, d);
    // Magic numbers at both ends, the components and sizes of this processor.
    unsigned end = sw[4];
    int magic = sw[0] == 0x46505853 && *(uint32_t *)((char *)c->uc_mcontext.fpregs + end) == 0x46505845;
    if (mode == 0) {
        HOLDS(c->uc_flags & 1);
        HOLDS(magic && sw[1] == end + 4 && end == b);
        HOLDS((*(uint64_t *)(sw + 2) & 7) == 7);
        HOLDS((uintptr_t)c->uc_mcontext.fpregs % 64 == 0);
        HOLDS(getauxval(AT_MINSIGSTKSZ) >= end + 4 + 440);
        printf("present %lx compacted %lx\n", (long)(header(c)[0] & 7), (long)header(c)[1]);
    }
    for (int k = 0; k < 2; k++)
        seen[k] = lower(c, 5)[k], seen[2 + k] = upper(c, 5)[k];
    if (mode == 1) {
        // Other values in one register, nothing in another.
        upper(c, 7)[1] = 0xfeedfacefeedface;
        lower(c, 7)[0] = 0x1234;
        memset(upper(c, 8), 0, 16);
    }
    if (mode == 2)
        header(c)[0] &= ~4ul; // all upper halves become zero
    if (mode == 3)
        header(c)[0] |= 4, upper(c, 2)[0] = 77; // there were none
    if (mode == 4) {
        sw[0] = 0; // a frame of FXSAVE's: the upper halves become zero
        lower(c, 9)[1] = 99;
    }
    // The handler starts with clear registers, and leaves none clear.
    Ymms mine = pattern(42), out;
    if (mode == 5 && sig == SIGTRAP) {
        mode = 6;
        THROUGH("int3", &mine, &out);
        HOLDS(!memcmp(&mine, &out, sizeof out));
        mode = 5;
    } else
        THROUGH("nop", &mine, &out);
    if (mode == 0)
        printf("first %lx %lx\n", first[0] | first[1], first[2] | first[3]);
}

static void compare(const Ymms *a, const Ymms *b)
{
    for (int i = 0; i < 16; i++)
        for (int h = 0; h < 2; h++)
            if (memcmp(&a->q[i][2 * h], &b->q[i][2 * h], 16))
                printf("ymm%d %s: %lx %lx\n", i, h ? "upper" : "lower", b->q[i][2 * h], b->q[i][2 * h + 1]);
}

// Yields with registers full, again and again, together with others who do the same.
static void *busy(void *arg)
{
    Ymms in = pattern((uintptr_t)arg), out;
    long wrong = 0;
    for (int i = 0; i < 60; i++) {
        THROUGH("syscall", &in, &out); // sched_yield
        wrong += memcmp(&in, &out, sizeof in) != 0;
        THROUGH("1:\tdec %%ecx\n\tjnz 1b", &in, &out);
        wrong += memcmp(&in, &out, sizeof in) != 0;
    }
    return (void *)wrong;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGTRAP, &sa, NULL);
    Ymms in = pattern(1), out;
    for (mode = 0; mode < 6; mode++) {
        printf("mode %d\n", mode);
        Ymms from = in;
        if (mode == 3)
            for (int i = 0; i < 16; i++)
                from.q[i][2] = from.q[i][3] = 0;
        THROUGH("int3", &from, &out);
        HOLDS(!memcmp(seen, mode == 5 ? pattern(42).q[5] : from.q[5], 32));
        compare(&from, &out);
    }

    long wrong = 0;
    pthread_t t[3];
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, busy, (void *)(i + 2));
    wrong += (long)busy((void *)9);
    for (int i = 0; i < 3; i++) {
        void *w;
        pthread_join(t[i], &w);
        wrong += (long)w;
    }
    pid_t pid = fork();
    wrong += (long)busy((void *)(long)(pid ? 10 : 11));
    if (!pid)
        _exit(wrong != 0);
    int status;
    waitpid(pid, &status, 0);
    SHOW(wrong);
    SHOW(status);
    // A child starts with its parent's registers.
    THROUGH("mov $57, %%eax\n\tsyscall\n\tmov %%eax, child(%%rip)", &in, &out);
    if (!child)
        _exit(memcmp(&in, &out, sizeof in) != 0);
    HOLDS(!memcmp(&in, &out, sizeof in));
    waitpid(child, &status, 0);
    SHOW(status);
    return 0;
}
