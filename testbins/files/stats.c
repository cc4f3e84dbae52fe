// stat(2), fstat, lstat, fstatat with AT_EMPTY_PATH, statx: types, modes, sizes, links.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
static void show(const char *what, const struct stat *st)
{
    printf("%s: mode %o nlink %d size %ld blksize>0 %d\n", what, st->st_mode,
           S_ISDIR(st->st_mode) ? 0 : (int)st->st_nlink, S_ISDIR(st->st_mode) ? 0L : (long)st->st_size, st->st_blksize > 0);
}
int main(void)
{
    struct stat st, again;
    umask(022);
    int fd = open("file", O_RDWR | O_CREAT, 0666);
    TRY(write(fd, "0123456789", 10));
    TRY(mkdir("dir", 0777));
    TRY(stat("file", &st));
    show("file", &st);
    TRY(fstat(fd, &again));
    HOLDS(st.st_ino == again.st_ino && st.st_dev == again.st_dev);
    TRY(lstat("dir", &st));
    show("dir", &st);
    TRY(stat("file/", &st));
    TRY(stat("dir/", &st));
    TRY(stat("dir/.", &again));
    HOLDS(st.st_ino == again.st_ino);
    TRY(stat("dir/..", &st));
    TRY(stat(".", &again));
    HOLDS(st.st_ino == again.st_ino);
    TRY(stat("none", &st));
    TRY(fstatat(fd, "", &st, AT_EMPTY_PATH));
    show("empty path", &st);
    TRY(fstatat(fd, "", &st, 0));
    TRY(fstatat(AT_FDCWD, "dir", &st, AT_SYMLINK_NOFOLLOW));
    TRY(fstatat(AT_FDCWD, "dir", &st, 0x40000000));
    TRY(fstat(99, &st));
    struct { uint32_t mask, blksize; uint64_t attr; uint32_t nlink, uid, gid; uint16_t mode, pad; uint64_t ino, size; uint64_t more[32]; } sx;
    TRY(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, &sx));
    printf("statx: mode %o size %ld nlink %u basic %d\n", sx.mode, (long)sx.size, sx.nlink, (sx.mask & 0x7ff) == 0x7ff);
    TRY(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &sx));
    TRY(syscall(SYS_statx, AT_FDCWD, "none", 0, 0x7ff, &sx));
    TRY(chmod("file", 0604));
    stat("file", &st);
    show("chmod", &st);
    TRY(fchmod(fd, 0600));
    stat("file", &st);
    show("fchmod", &st);
    return 0;
}
