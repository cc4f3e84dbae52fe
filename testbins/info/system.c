// uname(2), sysinfo(2), getcpu-free facts about the system, as relations.
// build: glibc musl
#include "show.h"
#include <sys/sysinfo.h>
#include <sys/utsname.h>
int main(void)
{
    struct utsname u;
    TRY(uname(&u));
    SHOWS(u.sysname);
    SHOWS(u.machine);
    HOLDS(strlen(u.release) > 0 && u.release[0] >= '4' && strchr(u.release, '.'));
    HOLDS(strlen(u.nodename) > 0 && strlen(u.version) > 0);
    struct sysinfo s;
    TRY(sysinfo(&s));
    HOLDS(s.totalram > 0 && s.freeram <= s.totalram && s.mem_unit > 0 && s.procs > 0 && s.uptime >= 0);
    HOLDS(sysconf(_SC_PAGESIZE) == 4096);
    HOLDS(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_NPROCESSORS_CONF) >= 1);
    HOLDS(sysconf(_SC_OPEN_MAX) > 0);
    HOLDS(gethostname(u.version, sizeof u.version) == 0 && strcmp(u.version, u.nodename) == 0);
    return 0;
}
