// A tiny compiler: arithmetic expressions to machine code, many of them, checked against C.
// build: glibc musl
#include "show.h"
#include <sys/mman.h>
static unsigned char *out;
static void emit(const char *bytes, int n) { memcpy(out, bytes, n), out += n; }
int main(void)
{
    unsigned char *mem = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t seed = 3;
    long bad = 0, total = 0;
    for (int program = 0; program < 400; program++) {
        out = mem + (program * 37) % 5000;
        unsigned char *start = out;
        int64_t want = 5 + program;
        emit("\x48\x89\xf8", 3); /* mov rax, rdi */
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            int32_t k = (int32_t)seed >> 12;
            switch (seed >> 29) {
            case 0: case 1: emit("\x48\x05", 2), emit((char *)&k, 4), want += k; break;
            case 2: case 3: emit("\x48\x2d", 2), emit((char *)&k, 4), want -= k; break;
            case 4: emit("\x48\x35", 2), emit((char *)&k, 4), want ^= k; break;
            case 5: emit("\x48\x69\xc0", 3), emit((char *)&k, 4), want = (int64_t)((uint64_t)want * (uint64_t)k); break;
            case 6: emit("\x48\xc1\xc0\x07", 4), want = (int64_t)((uint64_t)want << 7 | (uint64_t)want >> 57); break;
            default: emit("\x48\xf7\xd8", 3), want = (int64_t)-(uint64_t)want; break;
            }
        }
        emit("\xc3", 1);
        int64_t got = ((int64_t (*)(int64_t))start)(5 + program);
        bad += got != want;
        total = (long)((unsigned long)total * 31 + (unsigned long)got);
    }
    SHOW(bad);
    SHOWX(total);
    return 0;
}
