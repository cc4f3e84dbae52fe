// chdir(2), fchdir, getcwd, openat relative to a directory that moves.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
static void where(const char *start)
{
    char cwd[4096];
    if (getcwd(cwd, sizeof cwd) && strncmp(cwd, start, strlen(start)) == 0)
        printf("at start%s\n", cwd + strlen(start));
    else
        printf("elsewhere\n");
}
int main(void)
{
    char start[4096], tiny[4];
    HOLDS(getcwd(start, sizeof start) == start && start[0] == '/');
    HOLDS(syscall(SYS_getcwd, start, sizeof start) == (long)strlen(start) + 1);
    where(start);
    mkdir("one", 0755);
    mkdir("one/two", 0755);
    int home = open(".", O_RDONLY), one = open("one", O_RDONLY | O_DIRECTORY);
    TRY(chdir("one/two"));
    where(start);
    TRY(chdir("../.."));
    where(start);
    TRY(chdir("one/../one/./two/.."));
    where(start);
    TRY(fchdir(home));
    where(start);
    TRY(rename("one", "uno"));
    TRYOK(openat(one, "in-uno", O_CREAT | O_WRONLY, 0644));
    TRY(access("uno/in-uno", F_OK));
    TRY(fchdir(one));
    where(start);
    TRYOK(openat(one, "../up", O_CREAT | O_WRONLY, 0644));
    TRY(fchdir(home));
    TRY(access("up", F_OK));
    TRY(chdir("none"));
    TRY(chdir("up"));
    int file = open("up", O_RDONLY);
    TRY(fchdir(file));
    TRYOK(openat(file, "x", O_RDONLY));
    TRYOK(openat(99, "x", O_RDONLY));
    HOLDS(getcwd(tiny, sizeof tiny) == NULL && errno == ERANGE);
    TRY(chdir("/"));
    SHOWS(getcwd(start, sizeof start));
    return 0;
}
