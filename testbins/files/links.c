// Symbolic and hard links: following, not following, dangling, loops.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
int main(void)
{
    char buf[64] = {0};
    struct stat st, other;
    int fd = open("target", O_RDWR | O_CREAT, 0644);
    TRY(write(fd, "text", 4));
    TRY(symlink("target", "soft"));
    TRY(symlink("target", "soft"));
    TRY(readlink("soft", buf, sizeof buf));
    SHOWS(buf);
    TRY(readlink("soft", buf, 3));
    TRY(readlink("target", buf, sizeof buf));
    TRY(readlink("none", buf, sizeof buf));
    TRY(readlink("soft", buf, 0));
    TRY(lstat("soft", &st));
    printf("%o %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
    TRY(stat("soft", &st));
    printf("%o %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
    TRYOK(open("soft", O_RDONLY | O_NOFOLLOW));
    TRYOK(open("soft", O_RDONLY));
    TRY(symlink("nowhere", "dangling"));
    TRY(stat("dangling", &st));
    TRYOK(open("dangling", O_RDONLY));
    TRYOK(open("dangling", O_RDONLY | O_CREAT | O_EXCL, 0644));
    TRY(symlink("loop2", "loop1"));
    TRY(symlink("loop1", "loop2"));
    TRY(stat("loop1", &st));
    TRY(mkdir("dir", 0755));
    TRY(symlink("dir", "dirlink"));
    TRYOK(open("dirlink/new", O_WRONLY | O_CREAT, 0644));
    TRY(access("dir/new", F_OK));
    TRY(rmdir("dirlink"));
    TRY(unlink("dirlink"));
    TRY(link("target", "hard"));
    TRY(link("target", "hard"));
    TRY(link("none", "hard2"));
    TRY(link("dir", "hard3"));
    TRY(stat("target", &st));
    TRY(stat("hard", &other));
    HOLDS(st.st_ino == other.st_ino && st.st_nlink == 2);
    TRY(unlink("target"));
    TRY(fstat(fd, &st));
    SHOW(st.st_nlink);
    TRY(unlink("soft"));
    TRY(symlinkat("hard", AT_FDCWD, "late"));
    TRY(readlinkat(AT_FDCWD, "late", buf, sizeof buf));
    TRY(symlink("", "empty"));
    return 0;
}
