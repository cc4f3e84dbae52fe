// Pointers that point nowhere get EFAULT from every call, and the program goes on.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#define BAD ((void *)8L)
#define KERNEL ((void *)0xffff800000000000L)
#define CALL(...) TRY(syscall(__VA_ARGS__))
int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644), p[2];
    char ok[64] = "some text";
    CALL(SYS_write, fd, BAD, 5);
    CALL(SYS_write, fd, KERNEL, 5);
    CALL(SYS_write, fd, (void *)-1L, 5);
    CALL(SYS_write, fd, ok, 9);
    CALL(SYS_lseek, fd, 0, SEEK_SET);
    CALL(SYS_read, fd, BAD, 5);
    CALL(SYS_read, fd, KERNEL, 5);
    CALL(SYS_lseek, fd, 0, SEEK_CUR);
    CALL(SYS_openat, AT_FDCWD, BAD, O_RDONLY);
    CALL(SYS_newfstatat, AT_FDCWD, "f", BAD, 0);
    CALL(SYS_newfstatat, AT_FDCWD, BAD, ok, 0);
    CALL(SYS_uname, BAD);
    CALL(SYS_pipe2, BAD, 0);
    CALL(SYS_getcwd, BAD, 4096);
    CALL(SYS_clock_gettime, 1, BAD);
    CALL(SYS_gettimeofday, BAD, 0);
    CALL(SYS_rt_sigaction, 10, BAD, 0, 8);
    CALL(SYS_rt_sigprocmask, 0, BAD, 0, 8);
    CALL(SYS_rt_sigaction, 10, 0, 0, 4);
    CALL(SYS_sigaltstack, BAD, 0);
    CALL(SYS_getdents64, open(".", O_RDONLY), BAD, 1000);
    CALL(SYS_readlink, "/proc/self/exe", BAD, 100);
    CALL(SYS_writev, fd, BAD, 2);
    CALL(SYS_poll, BAD, 3, 0);
    CALL(SYS_sysinfo, BAD);
    CALL(SYS_getrusage, 0, BAD);
    CALL(SYS_prlimit64, 0, 7, BAD, 0);
    CALL(SYS_execve, BAD, 0, 0);
    CALL(SYS_execve, "f", BAD, 0);
    CALL(SYS_set_robust_list, BAD, 5);
    CALL(SYS_chdir, BAD);
    CALL(SYS_mkdir, KERNEL, 0755);
    CALL(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, BAD);
    CALL(SYS_epoll_ctl, 99, 1, 0, BAD);
    /* Half of the buffer is there. */
    char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(m + 4096, 4096);
    memset(m, 'h', 4096);
    CALL(SYS_lseek, fd, 0, SEEK_SET);
    CALL(SYS_openat, AT_FDCWD, m + 4090, O_RDONLY);
    if (pipe(p))
        return 1;
    CALL(SYS_write, p[1], "0123456789", 10);
    CALL(SYS_read, p[0], BAD, 10);
    mprotect(m, 4096, PROT_READ);
    CALL(SYS_read, fd, m, 4);
    CALL(SYS_write, fd, m, 4);
    CALL(SYS_read, 0, BAD, 0);
    puts("still here");
    return 0;
}
