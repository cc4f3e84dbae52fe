// What a process finds out about itself: /proc/self/exe, its name, random bytes, descriptors.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
int main(int argc, char **argv)
{
    (void)argc;
    char buf[4096], name[17] = {0};
    long n = readlink("/proc/self/exe", buf, sizeof buf - 1);
    buf[n < 0 ? 0 : n] = 0;
    HOLDS(strcmp(buf, argv[0]) == 0);
    TRY(prctl(PR_GET_NAME, name));
    HOLDS(strncmp(name, strrchr(argv[0], '/') + 1, 15) == 0);
    TRY(prctl(PR_SET_NAME, "a name that is too long"));
    TRY(prctl(PR_GET_NAME, name));
    SHOWS(name);
    TRY(prctl(99999, 0));
    unsigned char a[64] = {0}, b[64] = {0};
    TRY(getrandom(a, 64, 0));
    TRY(getrandom(b, 64, GRND_NONBLOCK));
    HOLDS(memcmp(a, b, 64) != 0);
    TRY(getrandom(a, 1, 0x1000));
    TRY(getrandom((void *)8, 64, 0));
    int fd = open(argv[0], O_RDONLY);
    HOLDS(fd >= 0);
    TRY(read(fd, buf, 4));
    HOLDS(memcmp(buf, "\177ELF", 4) == 0);
    struct stat st;
    TRY(fstat(fd, &st));
    HOLDS(st.st_size > 1000 && (st.st_mode & S_IXUSR));
    return 0;
}
