// Deep and wide recursion: Ackermann, Fibonacci, mutual, and a deep stack.
// build: glibc musl debug
// flags: -fno-optimize-sibling-calls
#include "show.h"
static long ackermann(long m, long n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
static long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static int odd(int n);
static int __attribute__((noinline)) even(int n) { return n == 0 ? 1 : odd(n - 1); }
static int __attribute__((noinline)) odd(int n) { return n == 0 ? 0 : even(n - 1); }
static long __attribute__((noinline)) depth(volatile long *p, long n)
{
    volatile long here = n + (*p & 1);
    return n == 0 ? here : depth(&here, n - 1) + 1 + (here & 0);
}
static int hanoi(int n, int a, int b, int c) { return n == 0 ? 0 : hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a) + (a + b + c != 6); }
int main(void)
{
    SHOW(ackermann(2, 30));
    SHOW(fib(18));
    SHOW(even(20001));
    volatile long zero = 0;
    SHOW(depth(&zero, 60000) > 59999);
    SHOW(hanoi(10, 1, 2, 3));
    return 0;
}
