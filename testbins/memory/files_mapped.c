// mmap(2) of files: private and shared, writes seen through both ways, the tail of a page,
// and SIGBUS past the end.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
static sigjmp_buf back;
static void handler(int sig, siginfo_t *info, void *uc)
{
    (void)uc;
    siglongjmp(back, sig == SIGBUS && info->si_code == BUS_ADRERR ? 1 : 2);
}
int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    int fd = open("m", O_RDWR | O_CREAT, 0644);
    char text[6000];
    for (int i = 0; i < 6000; i++)
        text[i] = 'a' + i % 26;
    TRY(write(fd, text, 6000));
    char *priv = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *shared = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    SHOW(memcmp(priv, text, 6000));
    SHOW(priv[6000] + priv[8191]);
    priv[0] = 'P';
    shared[1] = 'S';
    SHOW(priv[1] == 'S');
    SHOW(shared[0]);
    char c[3];
    TRY(pread(fd, c, 2, 0));
    printf("%c%c\n", c[0], c[1]);
    // What an untouched private page shows once the file changes is unspecified (uemu: the file as it was
    // mapped; Linux: as it is), so this one has been touched.
    priv[4200] = 'p';
    TRY(pwrite(fd, "WX", 2, 4096));
    printf("%c%c %c%c\n", shared[4096], shared[4097], priv[4096], priv[4097]);
    SHOW(sigsetjmp(back, 1) ? 1 : (int)shared[2 * 4096]);
    TRY(ftruncate(fd, 9000));
    SHOW(shared[2 * 4096]);
    shared[8999] = 'z';
    TRY(msync(shared, 8192, MS_SYNC));
    close(fd);
    shared[2] = 'Z';
    TRY(munmap(shared, 3 * 4096));
    int ro = open("m", O_RDONLY);
    TRYOK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0));
    TRYOK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0));
    TRYOK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ro, 100));
    char *second = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ro, 4096);
    printf("%c%c\n", second[0], second[1]);
    int dir = open(".", O_RDONLY);
    TRYOK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, dir, 0));
    int wo = open("m", O_WRONLY);
    TRYOK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, wo, 0));
    return 0;
}
