// kernel: a bytecode interpreter with a switch: unpredictable indirect jumps
#include "bench.h"
enum { PUSH, ADD, SUB, MUL, XOR, LOAD, STORE, JNZ, DUP, SHR, HALT };
static uint64_t run(const uint8_t *code)
{
    uint64_t stack[16], vars[8] = {0}, *sp = stack;
    for (const uint8_t *pc = code;;)
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case ADD: sp--; sp[-1] += *sp; break;
        case SUB: sp--; sp[-1] -= *sp; break;
        case MUL: sp--; sp[-1] *= *sp; break;
        case XOR: sp--; sp[-1] ^= *sp; break;
        case SHR: sp--; sp[-1] >>= *sp & 63; break;
        case LOAD: *sp++ = vars[*pc++ & 7]; break;
        case STORE: vars[*pc++ & 7] = *--sp; break;
        case DUP: *sp = sp[-1]; sp++; break;
        case JNZ: if (*--sp) pc = code + *pc; else pc++; break;
        default: return vars[1];
        }
}
int main(void)
{
    /* v0 = 255 * 255 * 200; do { v1 = (v1 * 31 ^ v0) + (v1 >> 7); v0 -= 1 } while (v0) */
    static const uint8_t code[] = {
        PUSH, 255, PUSH, 255, MUL, PUSH, 200, MUL, STORE, 0,
        LOAD, 1, PUSH, 31, MUL, LOAD, 0, XOR, LOAD, 1, PUSH, 7, SHR, ADD, STORE, 1,
        LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0, JNZ, 10, HALT,
    };
    return done("bcvm", run(code));
}
