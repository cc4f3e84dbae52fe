// umask(2) over files and directories.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
static int mode_of(const char *name)
{
    struct stat st;
    return stat(name, &st) ? -1 : st.st_mode & 07777;
}
int main(void)
{
    umask(022);
    printf("%o\n", umask(077));
    close(open("a", O_CREAT | O_WRONLY, 0666));
    mkdir("da", 0777);
    printf("%o\n", umask(0));
    close(open("b", O_CREAT | O_WRONLY, 0666));
    mkdir("db", 0755);
    printf("%o\n", umask(01777));
    printf("%o\n", umask(027));
    close(open("c", O_CREAT | O_WRONLY, 0777));
    printf("%o %o %o %o %o\n", mode_of("a"), mode_of("da"), mode_of("b"), mode_of("db"), mode_of("c"));
    close(open("c", O_CREAT | O_WRONLY, 0600));
    printf("%o\n", mode_of("c"));
    return 0;
}
