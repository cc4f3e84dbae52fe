// Prints what differs from run to run natively: under uemu it must not. All is gathered before
// anything is printed, so that the values cannot change how many instructions came before them.
// build: glibc musl static-pie
// varies: yes
#include "show.h"
#include <cpuid.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
int main(void)
{
    struct timespec real, mono;
    struct stat st;
    uint32_t lo, hi, leaf[4];
    uint64_t drawn = 0;
    unsigned char random[16], urandom[16];
    char names[40][16];
    int n = 0;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &mono);
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    __cpuid(1, leaf[0], leaf[1], leaf[2], leaf[3]);
    if (leaf[2] >> 30 & 1)
        __asm__ volatile("rdrand %0" : "=r"(drawn)::"cc");
    pid_t pid = getpid(), parent = getppid();
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *heap = malloc(100);
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i * 7919 % 1000);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    stat("n0", &st);
    DIR *d = opendir(".");
    for (struct dirent *e; (e = readdir(d)) && n < 40; n++)
        snprintf(names[n], 16, "%.15s", e->d_name);
    if (getrandom(random, 16, 0) != 16 || read(open("/dev/urandom", O_RDONLY), urandom, 16) != 16)
        return 1;
    printf("time %ld.%09ld %ld.%09ld\n", (long)real.tv_sec, real.tv_nsec, (long)mono.tv_sec, mono.tv_nsec);
    printf("tsc %x%08x\n", hi, lo);
    printf("pid %d %d\n", pid, parent);
    printf("dir");
    for (int i = 0; i < n; i++)
        printf(" %s", names[i]);
    printf("\naddress %p %p %p %p\n", (void *)&st, heap, map, (void *)main);
    printf("inode %d\n", st.st_ino != 0);
    printf("rdrand %lx\n", drawn);
    printf("random");
    for (int i = 0; i < 16; i++)
        printf(" %02x%02x%02x", random[i], urandom[i], ((unsigned char *)getauxval(AT_RANDOM))[i]);
    puts("");
    return 0;
}
