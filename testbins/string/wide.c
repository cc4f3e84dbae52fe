// UTF-8 and wide characters in the C.UTF-8 locale.
// build: musl
// env: LC_ALL=C.UTF-8
#include "show.h"
#include <locale.h>
#include <wchar.h>
#include <wctype.h>
int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const char *s = "h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x98\x80!";
    wchar_t w[40];
    SHOW(mbstowcs(w, s, 40));
    for (int i = 0; w[i]; i++)
        printf("%x ", (unsigned)w[i]);
    puts("");
    char back[64];
    SHOW(wcstombs(back, w, 64));
    SHOW(strcmp(back, s));
    SHOW((long)mbstowcs(w, "bad \xff\xfe", 40));
    printf("%ls|%5lc|\n", L"wide", (wint_t)L'x');
    SHOW(towupper(0xe9) == 0xc9);
    SHOW(swprintf(w, 40, L"%d-%s-%ls", 42, "narrow", L"wide"));
    printf("%ls\n", w);
    SHOW(wcstol(L"-77xyz", NULL, 10));
    SHOW(wcscmp(L"abc", L"abd") < 0);
    return 0;
}
