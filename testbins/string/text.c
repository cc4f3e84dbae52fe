// Tokens, searching, case, classification, collation, tables of ctype.
// build: glibc musl
#include "show.h"
#include <ctype.h>
#include <fnmatch.h>
#include <libgen.h>
int main(void)
{
    char s[] = "  the, quick;brown  fox ", *save, *p;
    for (p = strtok_r(s, " ,;", &save); p; p = strtok_r(NULL, " ,;", &save))
        printf("<%s>", p);
    puts("");
    char t[] = "a,,b,", *q = t;
    while ((p = strsep(&q, ",")))
        printf("<%s>", p);
    puts("");
    SHOWS(strstr("haystack with a needle in it", "needle"));
    SHOW(strstr("aaaaaaaaaaaaaaaaaaaaaab", "aaab") != NULL);
    SHOWS((char *)memmem("binary\0data here", 16, "data", 4));
    SHOWS(strpbrk("hello world", "ow"));
    SHOW(strcasecmp("HeLLo", "hEllO"));
    SHOW(strncasecmp("abcX", "ABCy", 3));
    SHOW(strcoll("a", "b") < 0);
    SHOW(strverscmp("file10", "file9") > 0);
    unsigned counts[12] = {0};
    for (int c = 0; c < 256; c++) {
        int (*is[])(int) = {isalpha, isdigit, isalnum, isspace, isupper, islower, ispunct, isprint, iscntrl, isxdigit, isgraph, isblank};
        for (int i = 0; i < 12; i++)
            counts[i] += is[i](c) != 0;
    }
    for (int i = 0; i < 12; i++)
        printf("%u ", counts[i]);
    puts("");
    char u[] = "MiXeD 123";
    for (p = u; *p; p++)
        *p = isupper(*p) ? tolower(*p) : toupper(*p);
    SHOWS(u);
    char path[] = "/usr/lib/file.so", path2[] = "/usr/lib/file.so";
    printf("%s %s\n", basename(path), dirname(path2));
    SHOW(fnmatch("*.[ch]", "file.c", 0));
    SHOW(fnmatch("*.[!ch]", "file.c", 0));
    char buf[8] = "abc";
    SHOWS(strncat(buf, "defghij", 3));
    return 0;
}
