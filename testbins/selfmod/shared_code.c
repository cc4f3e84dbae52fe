// Code in memory shared with a child: what one writes, the other runs; and through two mappings.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
int main(void)
{
    unsigned char code[] = {0xb8, 1, 0, 0, 0, 0xc3};
    unsigned char *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memcpy(s, code, sizeof code);
    SHOW(((int (*)(void))s)());
    for (int i = 2; i < 6; i++) {
        if (fork() == 0) {
            s[1] = i;
            _exit(((int (*)(void))s)());
        }
        int status;
        wait(&status);
        printf("%d %d\n", WEXITSTATUS(status), ((int (*)(void))s)());
    }
    int fd = open("code", O_RDWR | O_CREAT, 0755);
    if (write(fd, code, sizeof code) < 0)
        return 1;
    unsigned char *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unsigned char *x = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    for (int i = 10; i < 13; i++) {
        w[1] = i;
        printf("%d ", ((int (*)(void))x)());
    }
    puts("");
    if (pwrite(fd, "\x63", 1, 1) != 1)
        return 1;
    SHOW(((int (*)(void))x)());
    return 0;
}
