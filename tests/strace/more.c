// build: glibc
// Calls of all kinds that the other programs do not make, for the comparison of traces.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static char buf[256];

static void sockets(void) {
    int s[2], value = 1;
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    struct iovec iov = {"ping", 4}, in = {buf, 100};
    char control[CMSG_SPACE(sizeof(int))];
    memset(control, 0, sizeof control);
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &value, sizeof(int));
    sendmsg(s[0], &msg, 0);
    struct msghdr answer = {.msg_iov = &in, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    recvmsg(s[1], &answer, MSG_DONTWAIT);
    recvmsg(s[1], &answer, MSG_DONTWAIT);
    socklen_t size = sizeof value;
    getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, &size);
    getsockopt(s[0], SOL_SOCKET, SO_ERROR, &value, &size);
    socket(12345, SOCK_STREAM, 0);
    send(99, "x", 1, 0);
}

static void files(void) {
    int f = open("file", O_RDWR), p[2];
    struct iovec v[2] = {{"ab", 2}, {"cdefghijklmnopqrstuvwxyzabcdefghijkl", 36}}, w[2] = {{buf, 3}, {buf + 9, 50}};
    pwritev(f, v, 2, 5);
    preadv(f, w, 2, 0);
    pipe(p);
    off_t at = 3;
    sendfile(p[1], f, &at, 10);
    sendfile(p[1], f, 0, 10);
    copy_file_range(f, 0, f, 0, 0, 0);
    posix_fadvise(f, 0, 100, POSIX_FADV_SEQUENTIAL);
    fallocate(f, FALLOC_FL_KEEP_SIZE, 0, 10);
    fallocate(f, 0, 0, 4);
    fdatasync(f);
    mkdirat(AT_FDCWD, "sub", 0700);
    int d = open("sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    openat(d, "f", O_CREAT | O_WRONLY, 0600);
    symlinkat("f", d, "l");
    readlinkat(d, "l", buf, 100);
    linkat(d, "f", AT_FDCWD, "g", 0);
    renameat(d, "f", AT_FDCWD, "h");
    fchmodat(d, "nope", 0600, 0);
    fchownat(d, "l", 0, 0, AT_SYMLINK_NOFOLLOW);
    syscall(SYS_getdents64, d, buf, sizeof buf);
    unlinkat(d, "l", 0);
    fchdir(d);
    chdir("..");
    unlinkat(AT_FDCWD, "sub", AT_REMOVEDIR);
    mknod("node", S_IFREG | 0640, 0);
    struct timeval times[2] = {{5, 7}, {6, 0}};
    syscall(SYS_utimes, "h", times);
    syscall(SYS_readv, 99, (void *)8, 1);
    syscall(SYS_writev, 1, (void *)8, 1);
}

static void system_(void) {
    struct timespec ts;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    struct sched_param parameter = {0};
    syscall(SYS_sched_getparam, 0, &parameter);
    sched_getscheduler(0);
    sched_get_priority_max(SCHED_FIFO);
    syscall(SYS_sched_rr_get_interval, -1, &ts);
    syscall(SYS_getresuid, buf, buf + 4, (void *)8);
    syscall(SYS_setuid, 0);
    getpgid(-1);
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_DATA, &limit);
    syscall(SYS_getrlimit, RLIMIT_DATA, &limit);
    mlock(buf, 10);
    munlock(buf, 10);
    syscall(SYS_mincore, (unsigned long)buf & -4096, 4096, buf);
    syscall(SYS_membarrier, 77, 0, 0);
    syscall(SYS_get_robust_list, 0, buf, buf + 8);
    syscall(SYS_set_robust_list, buf, 3);
    syscall(SYS_arch_prctl, 0x1003, buf);
    syscall(SYS_arch_prctl, 0x7777, buf);
    syscall(SYS_tgkill, -1, 1, SIGHUP);
    memset(buf, 0, sizeof buf);
    syscall(SYS_rt_sigprocmask, 7, buf, 0, 8);
    syscall(SYS_rt_sigaction, SIGKILL, 0, buf, 8);
    syscall(SYS_rt_sigaction, SIGHUP, 0, 0, 3);
    syscall(SYS_epoll_create, 5);
    syscall(SYS_dup3, 1, 1, 0);
    syscall(SYS_open, "nope", O_RDONLY);
    syscall(SYS_creat, "made", 0644);
    syscall(SYS_access, (void *)8, 7);
    syscall(SYS_pipe, buf);
    syscall(SYS_alarm, 100);
    syscall(SYS_setitimer, ITIMER_VIRTUAL, 0, 0);
    syscall(SYS_kill, -1, 77);
    syscall(SYS_wait4, 123456, 0, 0x40000000, 0);
    syscall(SYS_waitid, 9, 0, 0, 4, 0);
    syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0);
    syscall(SYS_clone3, (void *)8, 88);
    syscall(SYS_execve, (void *)8, 0, 0);
    syscall(SYS_exit, 300);
}

int main(void) {
    close_range(3, ~0U, 0);
    sockets();
    files();
    system_();
}
