// access(2), faccessat, faccessat2 over files that are there and not.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
int main(void)
{
    close(open("plain", O_CREAT | O_WRONLY, 0644));
    close(open("tool", O_CREAT | O_WRONLY, 0755));
    TRY(access("plain", F_OK));
    TRY(access("plain", R_OK | W_OK));
    TRY(access("plain", X_OK));
    TRY(access("tool", X_OK));
    TRY(access("none", F_OK));
    TRY(access("plain/x", F_OK));
    TRY(access(".", R_OK | W_OK | X_OK));
    TRY(faccessat(AT_FDCWD, "tool", X_OK, AT_EACCESS));
    int fd = open("tool", O_RDONLY);
    TRY(syscall(SYS_faccessat2, fd, "", F_OK, AT_EMPTY_PATH));
    TRY(syscall(SYS_faccessat2, AT_FDCWD, "none", F_OK, 0));
    TRY(syscall(SYS_faccessat2, AT_FDCWD, "tool", F_OK, 0x40000000));
    TRY(syscall(SYS_faccessat, fd, "x", F_OK));
    TRY(syscall(SYS_access, "tool", 8));
    return 0;
}
