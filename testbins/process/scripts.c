// A #! script: the kernel runs its interpreter (this program) with the right arguments.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
static void run(const char *script, const char *first)
{
    int fd = open(script, O_CREAT | O_WRONLY | O_TRUNC, 0755);
    if (write(fd, first, strlen(first)) < 0)
        exit(1);
    close(fd);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        char path[64], *args[] = {"ignored", "user arg", NULL}, *env[] = {NULL};
        snprintf(path, sizeof path, "./%s", script);
        execve(path, args, env);
        printf("execve: %s\n", errno_name(errno));
        _exit(1);
    }
    int status;
    waitpid(pid, &status, 0);
    SHOW(WEXITSTATUS(status));
}
int main(int argc, char **argv)
{
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            printf("argv[%d] = <%s>\n", i, argv[i]);
        return 50 + argc;
    }
    char self[4096], line[5000];
    long n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = 0;
    snprintf(line, sizeof line, "#!%s\nbody\n", self);
    run("plain", line);
    snprintf(line, sizeof line, "#! \t %s   one  two  \nbody\n", self);
    run("spaces", line);
    run("missing", "#!/no/such/interpreter\n");
    run("nothing", "#!\n");
    run("text", "just text\n");
    run("nested", "#!./plain\n");
    run("loop", "#!./loop\n");
    unlink("plain"), unlink("spaces"), unlink("nested");
    return 0;
}
