// Numbers that are no system call give ENOSYS and change nothing else; absurd sizes are refused.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
int main(void)
{
    TRY(syscall(999));
    TRY(syscall(-1));
    TRY(syscall(0x7fffffff));
    TRY(syscall(0xffffffff00000000L | SYS_getpid) > 0);
    long ret;
    register long r10 __asm__("r10") = 0x1010;
    uint64_t rcx, r11, rip;
    __asm__ volatile("lea 1f(%%rip), %3\n\tsyscall\n1:\tmov %%rcx, %1\n\tmov %%r11, %2"
                     : "=a"(ret), "=&r"(rcx), "=&r"(r11), "=&r"(rip), "+r"(r10) : "a"(998), "D"(1), "S"(2), "d"(3) : "rcx", "r11", "r8", "r9", "memory");
    long kept = r10;
    SHOW(ret);
    HOLDS(rcx == rip);
    HOLDS((r11 & 2) && (r11 & 0x200));
    HOLDS(kept == 0x1010);
    char c;
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    TRY(read(fd, &c, (size_t)-1));
    TRYOK(mmap(NULL, (size_t)-4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    TRYOK(mmap(NULL, 1L << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    TRY(pwrite(fd, "x", 1, INT64_MAX));
    TRY(ftruncate(fd, INT64_MIN));
    TRY(close(-1));
    TRY(close(1 << 30));
    TRY(dup2(0, 1 << 30));
    TRY(fcntl(0, F_DUPFD, 1 << 30));
    TRY(munmap((void *)4096, -4096L));
    puts("still here");
    return 0;
}
