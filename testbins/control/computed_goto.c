// Indirect jumps: computed goto, jump tables, function pointers.
// build: glibc musl debug
#include "show.h"
static long run(const unsigned char *code)
{
    static void *const ops[] = {&&push, &&add, &&mul, &&dup, &&jnz, &&dec, &&swap, &&stop};
    long stack[16], *sp = stack;
    const unsigned char *pc = code;
#define NEXT goto *ops[*pc++]
    NEXT;
push: *sp++ = *pc++; NEXT;
add: sp--; sp[-1] += *sp; NEXT;
mul: sp--; sp[-1] *= *sp; sp[-1] %= 1000003; NEXT;
dup: *sp = sp[-1]; sp++; NEXT;
jnz: if (sp[-1]) pc = code + *pc; else pc++; NEXT;
dec: sp[-1]--; NEXT;
swap: { long t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; } NEXT;
stop: return sp[-2];
}
static int classify(int x)
{
    switch (x) {
    case 0: return 10;
    case 1: return x * 7;
    case 2: case 3: return 3;
    case 4: return classify(x - 1) + 1;
    case 5: x += 2; /* fall through */
    case 6: return x;
    case 100: return -1;
    case 7 ... 9: return x * x;
    default: return 99;
    }
}
static int twice(int x) { return x * 2; }
static int square(int x) { return x * x; }
static int negate(int x) { return -x; }
int main(void)
{
    /* 7 200 { swap 3 mul 11 add swap dec } */
    unsigned char code[] = {0, 7, 0, 200, 6, 0, 3, 2, 0, 11, 1, 6, 5, 4, 4, 7};
    SHOW(run(code));
    for (int i = -1; i < 12; i++)
        printf("%d ", classify(i));
    printf("%d\n", classify(100));
    int (*volatile f[])(int) = {twice, square, negate};
    int x = 1;
    for (int i = 0; i < 3000; i++)
        x = f[i * 7 % 3](x) % 1000 + i % 3;
    SHOW(x);
    return 0;
}
