// Descriptors that are no terminal say ENOTTY; /dev/null, /dev/zero and /dev/full do what they do.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
int main(void)
{
    struct termios t;
    struct winsize w;
    char buf[4] = "abc";
    SHOW(isatty(1));
    TRY(ioctl(1, TCGETS, &t));
    TRY(ioctl(1, TIOCGWINSZ, &w));
    int fd = open("plain", O_RDWR | O_CREAT, 0644);
    TRY(ioctl(fd, TCGETS, &t));
    TRY(ioctl(99, TCGETS, &t));
    TRY(ioctl(fd, FIOCLEX));
    SHOW(fcntl(fd, F_GETFD));
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    TRY(write(null, "gone", 4));
    TRY(read(null, buf, 4));
    TRY(read(zero, buf, 2));
    printf("%d %d %c\n", buf[0], buf[1], buf[2]);
    TRY(write(full, "x", 1));
    TRY(read(full, buf, 1));
    int ur = open("/dev/urandom", O_RDONLY);
    TRY(read(ur, buf, 4));
    struct stat st;
    TRY(stat("/dev/null", &st));
    HOLDS(S_ISCHR(st.st_mode));
    SHOWX(st.st_rdev);
    TRY(lseek(null, 10, SEEK_SET));
    return 0;
}
