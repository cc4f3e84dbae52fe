// User and group ids agree with each other and with the auxiliary vector.
// build: glibc musl
#include "show.h"
#include <grp.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
int main(void)
{
    gid_t groups[100];
    HOLDS(getuid() == getauxval(AT_UID) && geteuid() == getauxval(AT_EUID));
    HOLDS(getgid() == getauxval(AT_GID) && getegid() == getauxval(AT_EGID));
    HOLDS(getuid() == geteuid() && getgid() == getegid());
    int n = getgroups(0, NULL);
    HOLDS(n >= 0);
    HOLDS(getgroups(100, groups) == n);
    TRY(getgroups(-1, groups));
    HOLDS(getpid() > 0 && getppid() >= 0 && getpid() == syscall(SYS_gettid));
    HOLDS(getauxval(AT_SECURE) == 0);
    return 0;
}
