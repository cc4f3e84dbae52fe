// build: glibc
// Calls on memory and on what a process is, for the comparison of traces.
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    char buf[128];
    int f = open("file", O_RDONLY);
    char *a = mmap(0, 8192, PROT_READ, MAP_SHARED, f, 0);
    munmap(a, 8192);
    a = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    mprotect(a, 4096, PROT_NONE);
    mprotect(a + 4096, 4096, PROT_READ | PROT_EXEC);
    mprotect(a + 1, 4096, PROT_READ);
    mremap(a + 4096, 4096, 8192, 0);
    mremap(a, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, a + 8192);
    mmap(a, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap(0, 0, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(0, 4096, PROT_READ, MAP_PRIVATE, 99, 4096);
    madvise(a, 4096, MADV_DONTNEED);
    madvise(a, 4096, 12345);
    msync(a, 4096, MS_SYNC);
    munmap(a + 1, 4096);
    syscall(SYS_brk, 0);
    getrandom(buf, 16, 0);
    getrandom(buf, 40, GRND_NONBLOCK);

    struct rlimit rl = {100, 200};
    getrlimit(RLIMIT_STACK, &rl);
    getrlimit(RLIMIT_CORE, &rl);
    rl.rlim_cur = 50;
    setrlimit(RLIMIT_NOFILE, &rl);
    struct utsname u;
    syscall(SYS_sched_yield);
    getpriority(PRIO_PROCESS, 0);
    getgroups(-1, 0);
    prctl(PR_SET_NAME, "newname");
    prctl(PR_GET_NAME, buf);
    prctl(PR_SET_PDEATHSIG, 9);
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_GET_DUMPABLE);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(12345, 1, 2, 3, 4);
    syscall(SYS_getcpu, 0, 0, 0);
    syscall(SYS_personality, 0xffffffff);
    alarm(5);
    alarm(0);
    struct timespec ts;
    syscall(SYS_clock_getres, CLOCK_REALTIME, &ts);
    syscall(SYS_clock_gettime, 77, &ts);
    syscall(5000, 1, 2, 3, 4, 5, 6);
    *(volatile int *)16 = 1;
}
