// rename(2) and renameat2(2): over files and directories, flags, and what is refused.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
static void put(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(fd, text, strlen(text)) < 0)
        exit(1);
    close(fd);
}
static const char *get(const char *name)
{
    static char buf[64];
    int fd = open(name, O_RDONLY);
    long n = read(fd, buf, sizeof buf - 1);
    close(fd);
    buf[n < 0 ? 0 : n] = 0;
    return buf;
}
int main(void)
{
    put("a", "A");
    put("b", "B");
    mkdir("full", 0755);
    mkdir("empty", 0755);
    put("full/x", "X");
    TRY(rename("a", "c"));
    TRY(access("a", F_OK));
    TRY(rename("c", "b"));
    SHOWS(get("b"));
    TRY(rename("none", "z"));
    TRY(rename("b", "full"));
    TRY(rename("full", "b"));
    TRY(rename("empty", "full"));
    TRY(rename("full", "empty"));
    SHOWS(get("empty/x"));
    TRY(rename("empty", "empty/inside"));
    TRY(rename("b", "b"));
    TRY(rename("b", "empty/y"));
    put("p", "P");
    TRY(syscall(SYS_renameat2, AT_FDCWD, "p", AT_FDCWD, "empty/x", 1));
    TRY(syscall(SYS_renameat2, AT_FDCWD, "p", AT_FDCWD, "q", 1));
    TRY(syscall(SYS_renameat2, AT_FDCWD, "q", AT_FDCWD, "empty/x", 2));
    SHOWS(get("q"));
    SHOWS(get("empty/x"));
    TRY(syscall(SYS_renameat2, AT_FDCWD, "q", AT_FDCWD, "r", 3));
    int d = open("empty", O_RDONLY | O_DIRECTORY);
    TRY(renameat(d, "x", AT_FDCWD, "out"));
    SHOWS(get("out"));
    TRY(rename("out/none", "z"));
    TRY(rename("out", "nodir/z"));
    TRY(rename("", "z"));
    return 0;
}
