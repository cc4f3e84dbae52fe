// posix_spawn(3) of itself with file actions and attributes.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
int main(int argc, char **argv)
{
    if (argc > 1) {
        char buf[32] = {0};
        long n = read(0, buf, sizeof buf - 1);
        printf("child read %ld: %s, pgrp own %d\n", n, buf, getpgrp() == getpid());
        fprintf(stderr, "child error stream\n");
        return 31;
    }
    char self[4096];
    long n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = 0;
    int fd = open("in", O_CREAT | O_WRONLY, 0644);
    TRY(write(fd, "spawned input", 13));
    close(fd);
    posix_spawn_file_actions_t fa;
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 0, "in", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&fa, 1, "out", O_WRONLY | O_CREAT, 0644);
    posix_spawn_file_actions_adddup2(&fa, 1, 2);
    posix_spawnattr_t at;
    posix_spawnattr_init(&at);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP);
    char *args[] = {argv[0], "child", NULL}, *env[] = {NULL};
    pid_t pid;
    int status;
    SHOW(posix_spawn(&pid, self, &fa, &at, args, env));
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
    SHOWS(errno_name(posix_spawn(&pid, "/no/such", NULL, NULL, args, env)));
    char text[200] = {0};
    fd = open("out", O_RDONLY);
    SHOW(read(fd, text, sizeof text));
    printf("%s", text);
    return 0;
}
