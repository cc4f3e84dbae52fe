// Every kind of fault and trap an instruction can raise: signal, code, address, RIP, vector, error code and flags.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

// A page of code whose next page cannot be reached, and two of data, at addresses that error codes and masks do not show.
static unsigned char *code, *data;

struct regs {
    uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi, rsp, rflags;
};
static __attribute__((used)) struct regs in;
static volatile int got, got_code, got_trap;
static volatile uint64_t got_addr, got_rip, got_flags, got_err, got_rcx;
static __attribute__((used)) uint64_t resume_sp;

// Enters `target` with the registers of `in`; the code, or the handler, comes back to `leave`.
void enter(void *target);
extern char leave[];
__asm__(".text\n"
        "enter:\n\t"
        "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
        "mov %rdi, %r15\n\t"
        "mov %rsp, resume_sp(%rip)\n\t"
        "mov in+8(%rip), %rcx\n\tmov in+16(%rip), %rdx\n\tmov in+24(%rip), %rbx\n\tmov in+32(%rip), %rbp\n\t"
        "mov in+40(%rip), %rsi\n\tmov in+48(%rip), %rdi\n\t"
        "push in+64(%rip)\n\tpopf\n\t"
        "mov in+0(%rip), %rax\n\tmov in+56(%rip), %rsp\n\t"
        "jmp *%r15\n"
        "leave:\n\t"
        "mov resume_sp(%rip), %rsp\n\tcld\n\t"
        "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n");

static void handler(int sig, siginfo_t *info, void *uc)
{
    greg_t *r = ((ucontext_t *)uc)->uc_mcontext.gregs;
    got = sig, got_code = info->si_code, got_addr = (uint64_t)info->si_addr;
    got_rip = r[REG_RIP], got_flags = r[REG_EFL], got_trap = r[REG_TRAPNO], got_err = r[REG_ERR], got_rcx = r[REG_RCX];
    r[REG_EFL] = 0x202;
    r[REG_RIP] = (greg_t)leave;
}

static void attempt(const char *what, const char *bytes, size_t n)
{
    // What follows the bytes jumps to `leave`.
    memset(code, 0xcc, 4096);
    memcpy(code, bytes, n);
    memcpy(code + n, "\xff\x25\0\0\0\0", 6);
    void *to = leave;
    memcpy(code + n + 6, &to, 8);
    got = 0;
    enter(code);
    if (!got) {
        printf("%s: fine\n", what);
        return;
    }
    printf("%s: signal %d code %d rip+%ld vector %d error %#lx flags %#lx", what, got, got_code, (long)(got_rip - (uint64_t)code),
           got_trap, (unsigned long)got_err, (unsigned long)got_flags);
    if (got_addr - (uint64_t)code < 4096)
        printf(" addr rip+%ld\n", (long)(got_addr - got_rip));
    else if (got_addr - (uint64_t)data < 8192)
        printf(" addr data+%ld\n", (long)(got_addr - (uint64_t)data));
    else
        printf(" addr %#lx\n", (unsigned long)got_addr);
}

static void fresh(void)
{
    memset(data, 0x5a, 8192);
    in = (struct regs){.rax = 0x1111222233334444, .rcx = 0x20, .rbx = (uint64_t)data + 0x400, .rsi = (uint64_t)data + 0x800,
                       .rdi = (uint64_t)data + 0x900, .rbp = (uint64_t)data + 0x600, .rsp = (uint64_t)data + 0x1000, .rflags = 0x202};
}

static void put(int at, uint64_t v) { memcpy(data + at, &v, 8); }

#define NC 0x8000000000000000u
// TRY_IT(bytes) with all registers as they are; WITH(change, bytes) after a change.
#define RUN(bytes) attempt(#bytes, bytes, sizeof bytes - 1)
#define TRY_IT(bytes) (fresh(), RUN(bytes))
#define WITH(change, bytes) (fresh(), (change), attempt(#change ": " #bytes, bytes, sizeof bytes - 1))

int main(void)
{
    // On a stack of its own: the interrupted one may be nowhere.
    static char stack[1 << 16];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    int sigs[] = {SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS};
    for (int i = 0; i < 5; i++)
        sigaction(sigs[i], &sa, NULL);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    code = mmap((void *)0x11000000, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
    mprotect(code + 4096, 4096, PROT_NONE);
    data = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE, flags, -1, 0);

    puts("invalid");
    TRY_IT("\x0f\x0b");
    TRY_IT("\x0f\xb9\xc0");
    TRY_IT("\x0f\xb9\x00");
    TRY_IT("\x0f\xff\xc0");
    TRY_IT("\xf0\x0f\x0b");
    TRY_IT("\x06");
    TRY_IT("\xce");
    TRY_IT("\xd6");
    TRY_IT("\x82\xc0\x01");
    TRY_IT("\xf0\x90");
    TRY_IT("\xf0\xcc");
    TRY_IT("\x8c\xf0");
    TRY_IT("\x8e\xc8");
    TRY_IT("\x0f\x20\xc8");
    TRY_IT("\x0f\xaa");
    TRY_IT("\x0f\x01\xc8");
    TRY_IT("\xf0\x0f\xc7\xf0");
    TRY_IT("\x66\x0f\x01\xd0");
    TRY_IT("\x0f\x05\x0f\x0b");

    puts("privileged");
    TRY_IT("\xf4");
    TRY_IT("\xfa");
    TRY_IT("\xfb");
    TRY_IT("\xe4\x60");
    TRY_IT("\xee");
    TRY_IT("\x6c");
    WITH(in.rcx = 0, "\xf3\x6c");
    TRY_IT("\xf3\x66\x6f");
    TRY_IT("\x0f\x30");
    TRY_IT("\x0f\x32");
    TRY_IT("\x0f\x33");
    TRY_IT("\x0f\x06");
    TRY_IT("\x0f\x08");
    TRY_IT("\x0f\x09");
    TRY_IT("\x0f\x07");
    TRY_IT("\x48\x0f\x07");
    TRY_IT("\x0f\x01\xf8");
    TRY_IT("\x0f\x01\x3b");
    TRY_IT("\x0f\x01\x13");
    TRY_IT("\x0f\x01\x1b");
    TRY_IT("\x0f\x01\x33");
    TRY_IT("\x0f\x00\xd0");
    TRY_IT("\x0f\x00\xd8");
    TRY_IT("\x0f\x20\xc0");
    TRY_IT("\x0f\x23\xc0");
    TRY_IT("\x0f\x01\xd1");
    WITH(in.rcx = 2, "\x0f\x01\xd0");

    puts("interrupts");
    TRY_IT("\xcc");
    TRY_IT("\xcd\x03");
    TRY_IT("\x66\xcc");
    TRY_IT("\xcd\x04");
    TRY_IT("\xcd\x00");
    TRY_IT("\xcd\x01");
    TRY_IT("\xcd\x20");
    TRY_IT("\xcd\xff");

    puts("divide");
    WITH(in.rcx = 0, "\xf7\xf1");
    WITH((in.rax = 1ul << 63, in.rdx = -1, in.rcx = -1), "\x48\xf7\xf9");

    puts("pages");
    WITH(in.rbx = 0x123, "\x8b\x03");
    WITH(in.rbx = 0x123, "\x89\x03");
    WITH(in.rbx = (uint64_t)code + 4096, "\x8b\x03");
    WITH(in.rbx = 0xffffffff81000000, "\x8b\x03");
    WITH(in.rbx = (uint64_t)data + 8190, "\x8b\x03");
    WITH(in.rbx = 8, "\x0f\xae\x3b");
    WITH(in.rbx = 8, "\x0f\x18\x0b");
    WITH(in.rbx = 8, "\x0f\x1f\x03");

    puts("non-canonical");
    WITH(in.rbx = NC, "\x8b\x03");
    WITH(in.rsp = NC, "\x8b\x04\x24");
    WITH(in.rbp = NC, "\x8b\x45\x00");
    WITH(in.rbp = NC, "\x8b\x04\x2b");
    WITH(in.rbx = NC, "\x36\x8b\x03");
    WITH(in.rbp = NC, "\x3e\x8b\x45\x00");
    WITH(in.rbp = NC, "\x65\x8b\x45\x00");
    WITH(in.rsp = NC, "\x50");
    WITH(in.rsp = NC, "\x58");
    WITH(in.rbx = NC, "\xff\x33");
    WITH(in.rbx = NC, "\x8f\x03");
    WITH(in.rsp = NC, "\xe8\0\0\0\0");
    WITH(in.rsp = NC, "\xc3");
    WITH(in.rbp = NC, "\xc9");
    WITH(in.rsp = NC, "\xc8\x10\0\0");
    WITH(in.rsp = NC, "\x9c");
    WITH(in.rsp = NC, "\x48\xcf");
    WITH(in.rbp = NC, "\x0f\x28\x45\x00");
    WITH(in.rbp = NC, "\x0f\x28\x45\x01");
    WITH(in.rbp = NC, "\x0f\xae\x7d\x00");
    WITH(in.rbp = NC, "\x0f\x18\x4d\x00");
    WITH(put(0x1000, NC), "\xc3");
    WITH(in.rax = NC, "\xff\xe0");

    puts("misaligned");
    TRY_IT("\x0f\x28\x43\x08");
    TRY_IT("\x48\x0f\xc7\x4b\x08");
    TRY_IT("\x0f\xae\x43\x08");
    WITH((in.rflags = 0x40202, in.rbx++), "\x8b\x03");
    WITH((in.rflags = 0x40202, in.rbx++), "\x48\x89\x03");
    WITH((in.rflags = 0x40202, in.rbx += 8), "\x0f\x10\x03");
    WITH((in.rflags = 0x40202, in.rbx += 8), "\xc5\xfe\x6f\x03");
    WITH((in.rflags = 0x40202, in.rbx += 4), "\xdd\x03");
    WITH((in.rflags = 0x40202, in.rbx += 1), "\xdb\x2b");
    WITH((in.rflags = 0x40202, in.rsp--), "\x50");
    WITH((in.rflags = 0x40202, in.rsi += 4, in.rcx = 2), "\xf3\x48\xa5");
    WITH((in.rflags = 0x40202, in.rbx = 1), "\x8b\x03");
    WITH((in.rflags = 0x40202, in.rbx += 2), "\x0f\xb5\x03");

    puts("single steps");
    WITH(in.rflags = 0x302, "\x90\x90");
    WITH(put(0x1000, 0x302), "\x9d\x90\x90");
    WITH(put(0x1000, 0x302), "\x9d\xeb\x01\x90\x90");
    WITH(put(0x1000, 0x302), "\x9d\x0f\x0b");
    WITH(put(0x1000, 0x302), "\x9d\xf4");
    WITH(put(0x1000, 0x302), "\x9d\xcc");
    WITH((put(0x1000, 0x302), put(0x1008, 0x202)), "\x9d\x9d\x90");
    WITH((put(0x1000, 0x302), in.rcx = 3), "\x9d\xf3\xa4");
    printf("left %lu\n", (unsigned long)got_rcx);
    WITH((put(0x1000, 0x302), in.rcx = 0), "\x9d\xf3\xa4");
    WITH((put(0x1000, 0x302), in.rax = 39), "\x9d\x0f\x05\x90\x90");
    WITH((put(0x1000, 0x302), in.rax = 0x2b), "\x9d\x8e\xd0\x90\x90");
    WITH((put(0x1000, 0x302), in.rax = 0x2b), "\x9d\x8e\xd0\x8e\xd0\x90");

    puts("segments");
    int ss[] = {0, 3, 0x28, 0x23, 0x33, 0x18, 0x53, 0x7b, 0x2f, 0xfffb};
    for (int i = 0; i < 10; i++)
        WITH((printf("%#x ", ss[i]), in.rax = ss[i]), "\x8e\xd0");
    int others[] = {0x10, 0x18, 0x43, 0x4b, 0x63, 0x83, 7};
    for (int i = 0; i < 7; i++)
        WITH((printf("%#x ", others[i]), in.rax = others[i]), "\x8e\xd8");
    WITH(put(0x400, 0x2b11000002), "\xff\x2b");
    WITH(put(0x400, 0x11000002), "\xff\x2b");
    WITH(put(0x400, 0x1011000002), "\xff\x1b");
    WITH(put(0x400, 0x1b12345678), "\x0f\xb2\x03");
    WITH(put(0x1000, 0x3011000001), "\xcb");
    WITH((put(0x1000, NC), put(0x1008, 0x33)), "\x48\xcb");
    TRY_IT("\x48\xcf");
    WITH((put(0x1000, 0x11000002), put(0x1008, 0x33), put(0x1018, 0x10000ff0), put(0x1020, 0x28)), "\x48\xcf");
    WITH(in.rflags = 0x4202, "\x48\xcf");
    return 0;
}
