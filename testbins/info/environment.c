// The environment and how it is changed; locale basics.
// build: glibc musl
// env: FIRST=1
// env: SECOND=two words
// env: EMPTY=
#include "show.h"
#include <locale.h>
#include <wchar.h>
extern char **environ;
int main(void)
{
    for (char **e = environ; *e; e++)
        SHOWS(*e);
    setenv("FIRST", "changed", 0);
    SHOWS(getenv("FIRST"));
    setenv("FIRST", "changed", 1);
    SHOWS(getenv("FIRST"));
    unsetenv("SECOND");
    HOLDS(getenv("SECOND") == NULL);
    putenv("THIRD=3");
    SHOWS(getenv("THIRD"));
    TRY(setenv("a=b", "x", 1));
    HOLDS(setlocale(LC_ALL, "C") != NULL);
    SHOW(mblen("a", 1));
    clearenv();
    HOLDS(environ == NULL || *environ == NULL);
    return 0;
}
