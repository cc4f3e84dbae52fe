// build: glibc
// Calls on files, with results and errors, for the comparison of traces.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

static char buf[128], five[5];

static void descriptors(void) {
    int p[2], s[2];
    // What the tests were started with.
    close_range(3, ~0U, 0);
    pipe(p);
    fcntl(p[0], F_GETFL);
    fcntl(p[1], F_GETFL);
    fcntl(p[0], F_GETFD);
    fcntl(p[0], F_SETFD, FD_CLOEXEC);
    fcntl(p[0], F_GETFD);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    fcntl(p[0], F_GETFL);
    fcntl(p[0], F_DUPFD, 10);
    fcntl(p[0], F_DUPFD_CLOEXEC, 3);
    fcntl(p[0], F_GETPIPE_SZ);
    fcntl(99, F_GETFD);
    write(p[1], "hello\0world\1\n1", 15);
    struct iovec out[2] = {{"abc", 3}, {"defg", 4}}, in[2] = {{five, 5}, {buf, 90}};
    writev(p[1], out, 2);
    readv(p[0], in, 2);
    read(p[0], buf, 10);
    ioctl(p[0], FIONREAD, buf);
    dup(1);
    dup2(p[0], 20);
    dup3(p[0], 21, O_CLOEXEC);
    dup2(99, 21);
    close_range(20, 25, 0);
    syscall(SYS_eventfd2, 3, O_NONBLOCK | O_CLOEXEC);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s);
    send(s[0], "hi", 2, MSG_NOSIGNAL);
    recv(s[1], buf, 10, MSG_DONTWAIT);
    recv(s[1], buf, 10, MSG_DONTWAIT);
    shutdown(s[0], SHUT_WR);
    ioctl(p[0], TCGETS, buf);
    ioctl(p[0], TIOCGWINSZ, buf);
    close(p[1]);
    read(p[0], buf, 10);
    pipe2(p, O_CLOEXEC | O_NONBLOCK);
}

static void contents(void) {
    int f = open("x", O_RDWR | O_CREAT | O_TRUNC, 0644);
    pwrite(f, "12345", 5, 10);
    pread(f, buf, 5, 8);
    lseek(f, 0, SEEK_END);
    lseek(f, -1, SEEK_SET);
    ftruncate(f, 100);
    fsync(f);
    struct flock lock = {F_WRLCK, SEEK_SET, 0, 0, 0};
    fcntl(f, F_SETLK, &lock);
    fcntl(f, F_GETLK, &lock);
    flock(f, LOCK_EX | LOCK_NB);
    fchmod(f, 0600);
    fchown(f, 0, 0);
    read(f, "read-only memory", 3);
    close(f);
    write(f, "x", 1);
    read(-1, buf, 1);
    write(1, (void *)8, 1);
    write(1, "a line of more than thirty-two bytes, cut\n", 42);
    write(1, "\t\n\v\f\r\"\\\177\200\3770", 11);
    open("file", O_RDONLY | O_DIRECTORY);
    openat(5, "q", O_WRONLY | O_APPEND | O_EXCL);
    open((char *)8, O_RDONLY);
    creat("dir/none", 0600);
}

static void names(void) {
    struct stat st;
    struct statx stx;
    stat("x", &st);
    stat("nope", &st);
    fstat(0, &st);
    lstat("/dev/null", &st);
    statx(AT_FDCWD, "x", 0, STATX_BASIC_STATS, &stx);
    access("x", R_OK | W_OK);
    access("nope", F_OK);
    syscall(SYS_faccessat2, AT_FDCWD, "x", X_OK, AT_EACCESS);
    link("x", "y");
    symlink("x", "z");
    readlink("z", buf, 100);
    readlink("y", buf, 2);
    lstat("z", &st);
    unlink("y");
    rename("z", "w");
    unlink("w");
    mkdir("d", 0755);
    mkdir("d", 01777);
    unlink("d");
    rmdir("d");
    chmod("x", 04751);
    stat("x", &st);
    umask(022);
    umask(0);
    utimensat(AT_FDCWD, "x", 0, 0);
    struct timespec times[2] = {{1, 2}, {0, UTIME_OMIT}};
    utimensat(AT_FDCWD, "x", times, 0);
    truncate("x", 3);
    chdir("/");
    getcwd(buf, 100);
    getcwd(buf, 1);
    renameat2(AT_FDCWD, "a1", AT_FDCWD, "b1", RENAME_NOREPLACE);
    unlinkat(AT_FDCWD, "nope", AT_REMOVEDIR);
}

int main(void) {
    descriptors();
    contents();
    names();
    return 3;
}
