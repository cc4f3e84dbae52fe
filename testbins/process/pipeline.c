// Three processes joined by pipes: much more data than a pipe holds, end of file passed on.
// build: glibc musl
#include "show.h"
#include <sys/wait.h>
int main(void)
{
    int a[2], b[2];
    if (pipe(a) || pipe(b))
        return 1;
    if (fork() == 0) {
        dup2(a[1], 1);
        close(a[0]), close(a[1]), close(b[0]), close(b[1]);
        for (int i = 0; i < 20000; i++)
            printf("%d\n", i * 37 % 1000);
        return 0;
    }
    if (fork() == 0) {
        dup2(a[0], 0), dup2(b[1], 1);
        close(a[0]), close(a[1]), close(b[0]), close(b[1]);
        setvbuf(stdout, NULL, _IOFBF, 4096);
        int x;
        while (scanf("%d", &x) == 1)
            if (x % 2 == 0)
                printf("%d\n", x / 2);
        return 0;
    }
    dup2(b[0], 0);
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
    long sum = 0, n = 0;
    int x;
    while (scanf("%d", &x) == 1)
        sum += x, n++;
    printf("%ld numbers, sum %ld\n", n, sum);
    while (wait(NULL) > 0)
        ;
    TRY(wait(NULL));
    return 0;
}
