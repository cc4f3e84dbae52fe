// The smallest C program there is, with every libc and both link forms.
// build: glibc musl static-pie debug
// args: one two
// env: GREETING=salut
#include "show.h"
int main(int argc, char **argv, char **envp)
{
    printf("hello, world\n");
    SHOW(argc);
    for (int i = 1; i < argc; i++)
        SHOWS(argv[i]);
    SHOWS(getenv("GREETING"));
    HOLDS(argv[argc] == NULL);
    HOLDS(envp[1] == NULL);
    return 0;
}
