// Every kind of end as the parent sees it.
// build: glibc musl
#include "show.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
static void end(const char *how, int kind)
{
    fflush(stdout);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (kind == 0) _exit(0);
        if (kind == 1) exit(255);
        if (kind == 2) exit(256 + 3);
        if (kind == 3) abort();
        if (kind == 4) raise(SIGKILL);
        if (kind == 5) *(volatile int *)0 = 1;
        if (kind == 6) __builtin_trap();
        if (kind == 7) { volatile int z = 0; z = 1 / z; __asm__ volatile("div %0" :: "r"(0), "a"(1), "d"(0)); }
        if (kind == 8) raise(SIGALRM);
        if (kind == 9) raise(SIGRTMIN + 1);
        if (kind == 10) __asm__ volatile("int3");
        if (kind == 11) __asm__ volatile("hlt");
        _exit(77);
    }
    if (waitpid(pid, &status, 0) != pid)
        puts("wait failed");
    if (WIFEXITED(status))
        printf("%s: exited %d\n", how, WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        printf("%s: killed by %s\n", how, strsignal(WTERMSIG(status)));
}
int main(void)
{
    end("_exit(0)", 0);
    end("exit(255)", 1);
    end("exit(259)", 2);
    end("abort", 3);
    end("SIGKILL", 4);
    end("null store", 5);
    end("ud2", 6);
    end("division", 7);
    end("SIGALRM", 8);
    end("real-time", 9);
    end("int3", 10);
    end("hlt", 11);
    return 0;
}
