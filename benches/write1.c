// rate: write(2) of one byte to /dev/null
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    int fd = open("/dev/null", O_WRONLY);
    for (long n = argc > 1 ? atol(argv[1]) : 1; n > 0; n--)
        if (write(fd, "x", 1) != 1)
            return 1;
    return 0;
}
