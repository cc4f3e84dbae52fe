// Reads standard input by lines, by words and by character to its end.
// build: glibc musl
// stdin: first line\nsecond 42 words 3.5\n\tthird\nno newline at the end
#include "show.h"
int main(void)
{
    char *line = NULL, word[32];
    size_t room = 0;
    int n;
    double d;
    SHOW(getline(&line, &room, stdin));
    printf("[%s]\n", line);
    SHOW(scanf("%31s %d %*s %lf", word, &n, &d));
    printf("%s %d %.2f\n", word, n, d);
    int c, count = 0;
    while ((c = getchar()) != EOF)
        count++;
    SHOW(count);
    HOLDS(feof(stdin) && !ferror(stdin));
    SHOW(getchar());
    TRY(read(0, word, sizeof word));
    return 0;
}
