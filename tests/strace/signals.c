// build: glibc
// Signals, for the comparison of traces.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void handler(int signal) {
    (void)signal;
}

int main(void) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_SIGINFO}, old;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, 0);
    sigaddset(&action.sa_mask, SIGINT);
    action.sa_flags = SA_NODEFER | SA_RESETHAND;
    sigaction(SIGALRM, &action, &old);
    sigaction(SIGALRM, 0, &old);
    union sigval value = {.sival_int = 7};
    sigqueue(getpid(), SIGUSR2, value);
    value.sival_ptr = 0;
    sigqueue(getpid(), SIGUSR2, value);
    raise(SIGUSR2);
    kill(getpid(), SIGUSR2);
    signal(SIGUSR1, SIG_IGN);
    sigset_t mask;
    sigfillset(&mask);
    sigprocmask(SIG_BLOCK, &mask, 0);
    sigprocmask(SIG_UNBLOCK, &mask, 0);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigaddset(&mask, 40);
    sigprocmask(SIG_BLOCK, &mask, 0);
    raise(SIGUSR2);
    sigpending(&mask);
    sigemptyset(&mask);
    sigsuspend(&mask);
    struct itimerval timer = {{0, 0}, {0, 2000}}, before;
    setitimer(ITIMER_REAL, &timer, &before);
    pause();
    getitimer(ITIMER_REAL, &before);
    sigaction(SIGALRM, &action, 0);
    setitimer(ITIMER_REAL, &timer, 0);
    struct timespec long_time = {60, 5}, rest;
    nanosleep(&long_time, &rest);
    stack_t stack = {mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0, 65536};
    sigaltstack(&stack, 0);
    sigaltstack(0, &stack);
    kill(getpid(), 0);
    kill(getpid(), 99);
    syscall(SYS_tkill, -1, SIGHUP);
    abort();
}
