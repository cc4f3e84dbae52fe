// What system instructions tell a program: selectors and descriptors, UMIP's answers, random numbers, hints, far transfers.
// build: glibc musl
#include "show.h"
#include <cpuid.h>
#include <immintrin.h>
#include <sched.h>

// LAR, LSL, VERR and VERW of a selector, with ZF.
static void descriptor(unsigned sel)
{
    uint64_t rights = 0x1111111111111111, limit = 0x2222222222222222;
    unsigned char a, b, r, w;
    __asm__("lar %k[s], %k[o]\n\tsetz %[z]" : [o] "+r"(rights), [z] "=q"(a) : [s] "r"(sel) : "cc");
    __asm__("lsl %k[s], %k[o]\n\tsetz %[z]" : [o] "+r"(limit), [z] "=q"(b) : [s] "r"(sel) : "cc");
    __asm__("verr %w[s]\n\tsetz %[z]" : [z] "=q"(r) : [s] "r"(sel) : "cc");
    __asm__("verw %w[s]\n\tsetz %[z]" : [z] "=q"(w) : [s] "r"(sel) : "cc");
    // The limit of the processor's number is not the same everywhere.
    if ((sel & ~7u) == 0x78 && b)
        limit = 0;
    printf("%#x: lar %d %#lx lsl %d %#lx verr %d verw %d\n", sel, a, (long)rights, b, (long)limit, r, w);
}

#define READ(seg)                                                                              \
    do {                                                                                       \
        uint64_t q = -1, d = -1, w = -1;                                                       \
        uint16_t m = 0xffff;                                                                   \
        __asm__ volatile("mov %%" seg ", %q0\n\tmov %%" seg ", %k1\n\tmov %%" seg ", %w2\n\t"  \
                         "mov %%" seg ", %3" : "+r"(q), "+r"(d), "+r"(w), "=m"(m));            \
        printf(seg " %#lx %#lx %#lx %#x\n", q, d, w, m);                                       \
    } while (0)

static void flags_of(const char *what, uint64_t f) { printf("%s flags %#lx\n", what, f & 0x8d5); }

int main(void)
{
    for (unsigned s = 0; s < 0x90; s += 8)
        descriptor(s), descriptor(s | 3);
    descriptor(0x2f), descriptor(0xfffb), descriptor(0x1002b);
    uint64_t narrow = -1, wide = -1;
    __asm__("lar %w1, %w0" : "+r"(narrow) : "r"(0x2b) : "cc");
    __asm__("lsl %q1, %q0" : "+r"(wide) : "r"(0x33ul) : "cc");
    printf("%#lx %#lx\n", narrow, wide);

    puts("segment registers");
    READ("cs");
    READ("ss");
    READ("ds");
    READ("es");
    READ("gs");
    unsigned values[] = {0x2b, 0x28, 0x33, 0x23, 0x7b, 1, 3, 0};
    for (int i = 0; i < 8; i++) {
        __asm__ volatile("mov %k0, %%ds\n\tmov %k0, %%es\n\tmov %k0, %%gs" ::"r"(values[i]));
        READ("ds");
        READ("es");
        READ("gs");
    }
    sched_yield();
    uint64_t pushed;
    struct __attribute__((packed)) { uint32_t offset; uint16_t sel; } far = {0x12345678, 0x2b};
    uint64_t offset = -1;
    __asm__ volatile("lgs %1, %k0" : "+r"(offset) : "m"(far));
    __asm__ volatile("push %%gs\n\tpop %0\n\tpush $0\n\tpop %%gs" : "=r"(pushed));
    printf("lgs %#lx, pushed %#lx\n", offset, pushed);
    READ("gs");
    offset = -1;
    __asm__ volatile("lss %1, %k0" : "+r"(offset) : "m"(far));
    printf("lss %#lx\n", offset);

    puts("far transfers");
    uint64_t where;
    uint32_t sel;
    __asm__ volatile("sub $16, %%rsp\n\tmovl $1f, (%%rsp)\n\tmovw $0x33, 4(%%rsp)\n\tljmp *(%%rsp)\n\tud2\n"
                     "1:\tadd $16, %%rsp" ::: "memory");
    __asm__ volatile("sub $16, %%rsp\n\tmovl $1f, 8(%%rsp)\n\tmovw $0x30, 12(%%rsp)\n\tlcall *8(%%rsp)\n2:\tjmp 3f\n"
                     "1:\tmov (%%rsp), %k0\n\tmov 4(%%rsp), %1\n\tsub $2b, %k0\n\tlretl\n"
                     "3:\tadd $16, %%rsp" : "=&r"(where), "=&r"(sel)::"memory");
    printf("lcall: return %#lx cs %#x\n", where, sel);
    __asm__ volatile("mov %%rsp, %%rcx\n\tpush $0x2b\n\tpush %%rcx\n\tpush $0x246\n\tpush $0x33\n\tlea 1f(%%rip), %%rcx\n\tpush %%rcx\n\tiretq\n\tud2\n"
                     "1:\tpushf\n\tpop %0" : "=r"(where)::"rcx", "memory", "cc");
    flags_of("iretq", where);

    puts("umip");
    unsigned char table[16];
    memset(table, 0x5a, 16);
    __asm__ volatile("sgdt %0" : "+m"(table));
    printf("sgdt %#lx %x %x\n", *(long *)(table + 2), *(uint16_t *)table, table[10]);
    __asm__ volatile("sidt %0" : "+m"(table));
    printf("sidt %#lx %x %x\n", *(long *)(table + 2), *(uint16_t *)table, table[10]);
    uint64_t r[3];
    uint32_t m = -1;
#define WORD(op)                                                                                         \
    memset(r, 0x77, sizeof r), m = -1;                                                                   \
    __asm__ volatile(op " %w0\n\t" op " %k1\n\t" op " %q2" : "+r"(r[0]), "+r"(r[1]), "+r"(r[2]));        \
    __asm__ volatile(op " %0" : "+m"(*(uint16_t *)&m));                                                  \
    printf(op " %#lx %#lx %#lx %#x\n", r[0], r[1], r[2], m)
    WORD("sldt");
    WORD("str");
    WORD("smsw");

    puts("random");
    unsigned a, b, c, d;
    __cpuid(1, a, b, c, d);
    if (c >> 30 & 1) {
        uint64_t x = -1, y = -1, f;
        __asm__ volatile("cmp %%eax, %%eax\n\trdrand %q0\n\tpushf\n\tpop %1" : "+a"(x), "=r"(f)::"cc");
        flags_of("rdrand", f);
        __asm__ volatile("rdrand %k0" : "+r"(y)::"cc");
        HOLDS(y >> 32 == 0 && x != y);
        // RDSEED may have to wait for entropy.
        for (int i = 0; i < 1000; i++) {
            y = -1;
            __asm__ volatile("mov $0x7fffffff, %k1\n\tinc %k1\n\trdseed %w0\n\tpushf\n\tpop %1" : "+r"(y), "=&r"(f)::"cc");
            if (f & 1)
                break;
        }
        flags_of("rdseed", f);
        HOLDS(y >> 16 == 0xffffffffffff);
        uint64_t ones = 0, all = -1;
        for (int i = 0; i < 64; i++) {
            __asm__ volatile("rdrand %0" : "=r"(x)::"cc");
            ones |= x, all &= x;
        }
        HOLDS(ones == ~0ul && all == 0);
    }
    __cpuid_count(7, 0, a, b, c, d);
    if (c >> 22 & 1) {
        uint64_t pid, low, high, aux;
        __asm__ volatile("rdpid %0" : "=r"(pid));
        HOLDS(pid < 4096 * 1024);
        __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
        HOLDS(low >> 32 == 0 && high >> 32 == 0 && aux >> 32 == 0);
    }

    puts("hints");
    __asm__ volatile("xor %%eax, %%eax\n\t"
                     "endbr64\n\tendbr32\n\trdsspq %%rax\n\trdsspd %%eax\n\t"
                     "prefetcht0 (%%rax)\n\tprefetcht1 (%%rax)\n\tprefetcht2 (%%rax)\n\tprefetchnta (%%rax)\n\tprefetchw (%%rax)\n\tprefetch (%%rax)\n\t"
                     ".byte 0x0f, 0x18, 0x20\n\t.byte 0x0f, 0x18, 0x38\n\t.byte 0x0f, 0x0d, 0x30\n\t.byte 0x0f, 0x1c, 0x00\n\t"
                     ".byte 0x0f, 0x19, 0xc8\n\t.byte 0x0f, 0x1a, 0x00\n\t.byte 0x66, 0x0f, 0x1b, 0x00\n\t.byte 0xf3, 0x0f, 0x1e, 0xc0\n\t"
                     "nopw %%ax\n\tnopl 0x12345678(%%rax,%%rax,8)\n\tpause\n\tlfence\n\tmfence\n\tsfence\n\tdata16 nop\n\trep nop" : "=a"(where));
    SHOW(where);
    static char line[128];
    __builtin_ia32_clflush(line);
    __cpuid_count(7, 0, a, b, c, d);
    if (b >> 23 & b >> 24 & 1)
        __asm__ volatile("clflushopt %0\n\tclwb %0" : "+m"(line));
    SHOW(line[0]);
    return 0;
}
