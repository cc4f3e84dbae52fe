// getdents64(2) through readdir: many entries, types, rewinding, seeking, removal while reading.
// build: glibc musl
#include "show.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
static int cmp(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
int main(void)
{
    char name[40], *names[400];
    mkdir("d", 0755);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "d/entry-%03d-%.*s", i, i % 20, "xxxxxxxxxxxxxxxxxxxx");
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    mkdir("d/sub", 0755);
    DIR *d = opendir("d");
    int n = 0, dirs = 0, files = 0;
    struct dirent *e;
    while ((e = readdir(d))) {
        names[n++] = strdup(e->d_name);
        dirs += e->d_type == DT_DIR;
        files += e->d_type == DT_REG;
    }
    printf("%d entries, %d directories, %d files\n", n, dirs, files);
    qsort(names, n, sizeof *names, cmp);
    for (int i = 0; i < n; i += 50)
        puts(names[i]);
    rewinddir(d);
    int m = 0;
    long where = 0;
    char third[256] = "", again[256] = "";
    while ((e = readdir(d))) {
        if (++m == 2)
            where = telldir(d);
        if (m == 3)
            strcpy(third, e->d_name);
    }
    SHOW(m);
    seekdir(d, where);
    strcpy(again, readdir(d)->d_name);
    SHOW(strcmp(third, again));
    closedir(d);
    int removed = 0;
    d = opendir("d");
    while ((e = readdir(d)))
        if (e->d_type == DT_REG) {
            snprintf(name, sizeof name, "d/%s", e->d_name);
            removed += unlink(name) == 0;
        }
    closedir(d);
    SHOW(removed);
    TRY(rmdir("d"));
    TRY(rmdir("d/sub"));
    int fd = open("d", O_RDONLY | O_DIRECTORY);
    TRY(rmdir("d"));
    char buf[1024];
    TRY(syscall(SYS_getdents64, fd, buf, sizeof buf));
    fd = open(".", O_RDONLY);
    TRY(syscall(SYS_getdents64, fd, buf, 1));
    TRY(read(fd, buf, 1));
    fd = open("plain", O_RDONLY | O_CREAT, 0644);
    TRY(syscall(SYS_getdents64, fd, buf, sizeof buf));
    HOLDS(opendir("none") == NULL);
    return 0;
}
