// execve(2) of things that are no program: the caller goes on with the right error.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
static void attempt(const char *what, const void *bytes, size_t n)
{
    int fd = open("prog", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    if (write(fd, bytes, n) != (long)n)
        exit(1);
    close(fd);
    char *args[] = {"prog", NULL}, *env[] = {NULL};
    errno = 0;
    execve("./prog", args, env);
    printf("%s: %s\n", what, errno_name(errno));
}
int main(void)
{
    unsigned char head[120] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    char zeros[4096] = {0};
    attempt("empty", "", 0);
    attempt("text", "hello\n", 6);
    attempt("zeros", zeros, sizeof zeros);
    attempt("four bytes", head, 4);
    attempt("header of zeros", head, 64);
    head[16] = 2, head[18] = 40;
    attempt("other machine", head, 120);
    head[18] = 62, head[4] = 1;
    head[4] = 2, head[5] = 2;
    head[5] = 1, head[54] = 55;
    attempt("odd phentsize", head, 120);
    attempt("no interpreter", "#!\n", 3);
    attempt("relative interpreter gone", "#!nowhere\n", 10);
    return 0;
}
