// stdio over a file: seeking, pushing back, formatted reading, memory streams.
// build: glibc musl static-pie
#include "show.h"
int main(void)
{
    FILE *f = fopen("s", "w+");
    for (int i = 0; i < 1000; i++)
        fprintf(f, "%d %s %x\n", i, i % 2 ? "odd" : "even", i * 7919);
    SHOW(ftell(f));
    rewind(f);
    int i, x, good = 0;
    char w[8];
    while (fscanf(f, "%d %7s %x", &i, w, &x) == 3)
        good += x == i * 7919 && w[0] == (i % 2 ? 'o' : 'e');
    SHOW(good);
    fseek(f, 100, SEEK_SET);
    SHOW(fgetc(f));
    ungetc('Z', f);
    SHOW(fgetc(f));
    fseek(f, -10, SEEK_END);
    char line[64];
    SHOWS(fgets(line, sizeof line, f));
    HOLDS(fgets(line, sizeof line, f) == NULL && feof(f));
    fclose(f);
    f = fopen("s", "a");
    fputs("appended\n", f);
    setvbuf(f, NULL, _IONBF, 0);
    fputs("unbuffered\n", f);
    fclose(f);
    HOLDS(fopen("no/such", "r") == NULL);
    char *mem;
    size_t size;
    f = open_memstream(&mem, &size);
    fprintf(f, "%s-%05d", "mem", 42);
    fclose(f);
    printf("%s %zu\n", mem, size);
    f = fmemopen("1 2 3", 5, "r");
    int a, b, c;
    SHOW(fscanf(f, "%d%d%d", &a, &b, &c));
    SHOW(a + b + c);
    return 0;
}
