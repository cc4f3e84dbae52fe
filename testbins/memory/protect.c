// mprotect(2): each access that is refused raises SIGSEGV with SEGV_ACCERR at the address.
// build: glibc musl static-pie
#include "show.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
static sigjmp_buf back;
static volatile int code;
static void *volatile where;
static void handler(int sig, siginfo_t *info, void *uc)
{
    (void)sig, (void)uc;
    code = info->si_code;
    where = info->si_addr;
    siglongjmp(back, 1);
}
static char *page;
static void attempt(const char *what, int kind, long offset)
{
    if (sigsetjmp(back, 1) == 0) {
        if (kind == 0)
            (void)*(volatile char *)(page + offset);
        else if (kind == 1)
            *(volatile char *)(page + offset) = 0xc3 - 256;
        else
            ((void (*)(void))(page + offset))();
        printf("%s: fine\n", what);
    } else
        printf("%s: %s at +%ld\n", what, code == SEGV_ACCERR ? "ACCERR" : code == SEGV_MAPERR ? "MAPERR" : "?", (long)((char *)where - page));
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    attempt("write rw", 1, 100);
    attempt("exec rw", 2, 100);
    TRY(mprotect(page, 4096, PROT_READ));
    attempt("read r", 0, 100);
    attempt("write r", 1, 100);
    TRY(mprotect(page, 4096, PROT_NONE));
    attempt("read none", 0, 5);
    TRY(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    attempt("exec rx", 2, 100);
    attempt("write rx", 1, 100);
    TRY(mprotect(page, 4096, PROT_READ | PROT_WRITE));
    attempt("write rw again", 1, 100);
    TRY(mprotect(page + 4096, 4096, PROT_NONE));
    attempt("after", 0, 2 * 4096);
    munmap(page + 4096, 4096);
    attempt("unmapped", 0, 4096);
    TRY(mprotect(page, 3 * 4096, PROT_READ));
    TRY(mprotect(page + 1, 4096, PROT_READ));
    TRY(mprotect(page, 4096, 0x1000));
    TRY(mprotect(page, 0, PROT_READ));
    return 0;
}
