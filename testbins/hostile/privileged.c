// Privileged instructions, bad addresses, and odd interrupts: which signal, code and address.
// build: glibc musl
#include "show.h"
#include <setjmp.h>
#include <signal.h>
static sigjmp_buf back;
static volatile int sig_, code_;
static volatile long addr_;
static void handler(int sig, siginfo_t *info, void *uc) { (void)uc; sig_ = sig, code_ = info->si_code, addr_ = (long)info->si_addr; siglongjmp(back, 1); }
#define ATTEMPT(what, rip, ...)                                                                  \
    do {                                                                                         \
        if (sigsetjmp(back, 1) == 0) {                                                           \
            __asm__ volatile(__VA_ARGS__);                                                       \
            printf("%s: fine\n", what);                                                          \
        } else if (rip)                                                                          \
            printf("%s: signal %d code %d at an address %d\n", what, sig_, code_, addr_ != 0);   \
        else                                                                                     \
            printf("%s: signal %d code %d at %#lx\n", what, sig_, code_, addr_);                 \
    } while (0)
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    int sigs[] = {SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS};
    for (int i = 0; i < 5; i++)
        sigaction(sigs[i], &sa, NULL);
    ATTEMPT("hlt", 0, "hlt");
    ATTEMPT("cli", 0, "cli");
    ATTEMPT("in", 0, "in $0x60, %%al" ::: "eax");
    ATTEMPT("out", 0, "out %%al, $0x80" :::);
    ATTEMPT("mov cr0", 0, "mov %%cr0, %%rax" ::: "rax");
    ATTEMPT("wrmsr", 0, "wrmsr" ::: "memory");
    ATTEMPT("int $13", 0, "int $13");
    ATTEMPT("ud2", 1, "ud2");
    ATTEMPT("int3", 0, "int3");
    ATTEMPT("null", 0, "mov (%0), %%eax" : : "r"(0L) : "eax");
    ATTEMPT("low", 0, "movb $1, (%0)" : : "r"(0x123L) : "memory");
    ATTEMPT("non-canonical", 0, "mov (%0), %%eax" : : "r"(0x0000800000000000L) : "eax");
    ATTEMPT("kernel", 0, "mov (%0), %%eax" : : "r"(0xffffffff80000000L) : "eax");
    ATTEMPT("wrapping", 0, "mov (%0), %%rax" : : "r"(-4L) : "rax");
    ATTEMPT("jump to null", 0, "jmp *%0" : : "r"(0L));
    ATTEMPT("jump non-canonical", 0, "jmp *%0" : : "r"(0x8000000000000000L));
    ATTEMPT("misaligned movaps", 0, "movaps 1(%%rsp), %%xmm0" ::: "xmm0");
    ATTEMPT("divide", 1, "xor %%ecx, %%ecx\n\tdiv %%ecx" ::: "eax", "ecx", "edx");
    ATTEMPT("bad opcode", 1, ".byte 0x06");
    ATTEMPT("lock nop", 1, ".byte 0xf0, 0x90");
    ATTEMPT("syscall is fine", 0, "syscall" : : "a"(39) : "rcx", "r11");
    return 0;
}
