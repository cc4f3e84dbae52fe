// What path resolution refuses, and with which error.
// build: glibc musl
#include "show.h"
#include <fcntl.h>
#include <sys/stat.h>
int main(void)
{
    struct stat st;
    char longname[300], longpath[5000];
    memset(longname, 'n', sizeof longname);
    longname[256] = 0;
    memset(longpath, '/', sizeof longpath);
    longpath[4999] = 0;
    close(open("file", O_CREAT | O_WRONLY, 0644));
    mkdir("dir", 0755);
    TRYOK(open(longname, O_RDONLY));
    longname[255] = 0;
    TRYOK(open(longname, O_RDONLY));
    TRYOK(open(longpath, O_RDONLY));
    longpath[4095] = 0;
    TRYOK(open(longpath, O_RDONLY));
    TRY(stat("file/..", &st));
    TRY(stat("none/..", &st));
    TRY(stat("dir/../file", &st));
    TRY(stat("./././file", &st));
    TRY(stat("dir//..//file", &st));
    TRY(mkdir("file/x", 0755));
    TRY(mkdir("file", 0755));
    TRY(mkdir("", 0755));
    TRY(mkdir("new/", 0755));
    TRY(rmdir("new/"));
    TRYOK(open("created/", O_CREAT | O_WRONLY, 0644));
    TRYOK(open("dir", O_RDWR));
    TRYOK(open("dir", O_CREAT | O_WRONLY, 0644));
    TRY(unlink("file/"));
    TRY(access("file", 99));
    TRY(stat("/../../..", &st));
    HOLDS(S_ISDIR(st.st_mode));
    TRY(read(open("dir", O_RDONLY), longname, 1));
    return 0;
}
