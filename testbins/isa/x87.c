// x87: stack, constants, arithmetic forms, compares, integer and BCD moves, control words.
// build: glibc
#include "show.h"
static void show(const char *what, long double v)
{
    struct { uint64_t m; uint16_t e; } r = {0, 0};
    memcpy(&r, &v, 10);
    printf("%-12s %04x %016lx\n", what, r.e, r.m);
}
#define UN(op, x) do { long double v_ = (x); __asm__("fldt %1\n\t" op "\n\tfstpt %0" : "=m"(v_) : "m"(v_)); show(op, v_); } while (0)
#define BIN(op, x, y) do { long double v_ = (x), w_ = (y); __asm__("fldt %1\n\tfldt %2\n\t" op "\n\tfstpt %0" : "=m"(v_) : "m"(v_), "m"(w_)); show(op, v_); } while (0)
#define CON(op) do { long double v_; __asm__(op "\n\tfstpt %0" : "=m"(v_)); show(op, v_); } while (0)
int main(void)
{
    CON("fld1"); CON("fldz"); CON("fldpi"); CON("fldl2e"); CON("fldl2t"); CON("fldlg2"); CON("fldln2");
    BIN("faddp", 1.0L / 3, 2.0L / 7); BIN("fsubp", 1.0L / 3, 2.0L / 7); BIN("fsubrp", 1.0L / 3, 2.0L / 7);
    BIN("fmulp", 1.0L / 3, 2.0L / 7); BIN("fdivp", 1.0L / 3, 2.0L / 7); BIN("fdivrp", 1.0L / 3, 2.0L / 7);
    BIN("faddp", 1e4000L, -1e-4000L); BIN("fmulp", 1e4000L, 1e4000L); BIN("fmulp", 1e-4000L, 1e-930L); BIN("fdivp", 1.0L, 0.0L);
    UN("fsqrt", 2.0L); UN("fchs", 2.5L); UN("fabs", -2.5L); UN("frndint", 2.5L); UN("frndint", -3.5L);
    BIN("fxch\n\tfscale\n\tfstp %%st(1)", 5.0L, 1.75L);
    UN("fxtract\n\tfaddp", 123.456L);
    long double a = 1e18L + 3, b = 7;
    uint16_t sw;
    __asm__("fldt %2\n\tfldt %1\n\tfprem\n\tfnstsw %3\n\tfstpt %0\n\tfstp %%st(0)" : "=m"(a) : "m"(a), "m"(b), "m"(sw) : "memory");
    show("fprem", a);
    a = 25, b = 7;
    __asm__("fldt %2\n\tfldt %1\n\tfprem1\n\tfstpt %0\n\tfstp %%st(0)" : "=m"(a) : "m"(a), "m"(b));
    show("fprem1", a);
    long double v[] = {1, 2, -1, 0, __builtin_infl(), __builtin_nanl("")};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            unsigned char c, z, p;
            uint16_t w;
            __asm__("fldt %4\n\tfldt %3\n\tfucomip %%st(1)\n\tsetc %0\n\tsetz %1\n\tsetp %2\n\tfstp %%st(0)" : "=r"(c), "=r"(z), "=r"(p) : "m"(v[i]), "m"(v[j]) : "cc");
            __asm__("fldt %2\n\tfldt %1\n\tfucompp\n\tfnstsw %0" : "=a"(w) : "m"(v[i]), "m"(v[j]));
            printf("%d%d%d%x ", c, z, p, (w >> 8) & 0x45);
        }
    puts("");
    long double cls[] = {1, -2, 0, -0.0L, __builtin_infl(), -__builtin_infl(), __builtin_nanl(""), 1e-4940L};
    for (int i = 0; i < 8; i++) {
        uint16_t w;
        __asm__("fldt %1\n\tfxam\n\tfnstsw %0\n\tfstp %%st(0)" : "=a"(w) : "m"(cls[i]));
        printf("%x ", w & 0x4700);
    }
    puts("");
    int16_t s; int32_t l; int64_t q; unsigned char bcd[10]; float f; double d;
    long double n = -12345.75L;
    __asm__("fldt %6\n\tfists %0\n\tfistl %1\n\tfsts %4\n\tfstl %5\n\tfld %%st(0)\n\tfistpll %2\n\tfbstp %3" : "=m"(s), "=m"(l), "=m"(q), "=m"(bcd), "=m"(f), "=m"(d) : "m"(n));
    printf("%d %d %ld %g %.17g ", s, l, q, f, d);
    for (int i = 9; i >= 0; i--)
        printf("%02x", bcd[i]);
    puts("");
    __asm__("fbld %1\n\tfstpt %0" : "=m"(n) : "m"(bcd));
    show("fbld", n);
    s = -7, l = 1 << 30, q = INT64_MIN;
    __asm__("filds %1\n\tfildl %2\n\tfildll %3\n\tfaddp\n\tfmulp\n\tfstpt %0" : "=m"(n) : "m"(s), "m"(l), "m"(q));
    show("fild", n);
    __asm__("filds %1\n\tfiaddl %2\n\tfimuls %1\n\tfisubrs %1\n\tfstpt %0" : "=m"(n) : "m"(s), "m"(l));
    show("fiadd", n);
    uint16_t cw, modes[] = {0x37f, 0x77f, 0xb7f, 0xf7f, 0x27f, 0x07f};
    for (int i = 0; i < 6; i++) {
        long double third;
        __asm__ volatile("fldcw %1\n\tfld1\n\tpush $3\n\tfildl (%%rsp)\n\tpop %%rax\n\tfdivrp\n\tfstpt %0" : "=m"(third) : "m"(modes[i]) : "rax");
        show("1/3 by mode", third);
    }
    __asm__ volatile("fninit\n\tfnstcw %0\n\tfnstsw %1" : "=m"(cw), "=m"(sw));
    printf("%x %x\n", cw, sw);
    double tan, one, exp2;
    __asm__("fld1\n\tfptan\n\tfstpl %0\n\tfstpl %1" : "=m"(one), "=m"(tan));
    __asm__("fldl2e\n\tfld %%st(0)\n\tfrndint\n\tfsubr %%st(0), %%st(1)\n\tfxch\n\tf2xm1\n\tfld1\n\tfaddp\n\tfscale\n\tfstp %%st(1)\n\tfstpl %0" : "=m"(exp2));
    printf("%.12g %g %.12g\n", tan, one, exp2);
    double sn, cs, at, lg;
    __asm__("fld1\n\tfsincos\n\tfstpl %0\n\tfstpl %1" : "=m"(cs), "=m"(sn));
    __asm__("fld1\n\tfld1\n\tfpatan\n\tfstpl %0" : "=m"(at));
    __asm__("fldln2\n\tfldpi\n\tfyl2x\n\tfstpl %0" : "=m"(lg));
    printf("%.12g %.12g %.12g %.12g\n", sn, cs, at, lg);
    return 0;
}
