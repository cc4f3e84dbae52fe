// Constructors before main, atexit handlers and destructors after it, in order; then the status.
// build: glibc musl static-pie
// status: 42
#include "show.h"
__attribute__((constructor(101))) static void first(void) { puts("constructor 101"); }
__attribute__((constructor(102))) static void second(void) { puts("constructor 102"); }
__attribute__((destructor(101))) static void last(void) { puts("destructor 101"); }
__attribute__((destructor(102))) static void before_last(void) { puts("destructor 102"); }
static void one(void) { puts("atexit one"); }
static void two(void) { puts("atexit two"); atexit(one); }
int main(void)
{
    atexit(one);
    atexit(two);
    puts("main");
    exit(42);
}
